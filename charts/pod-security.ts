import type { IPodSecurityContext } from 'kubernetes-models/v1/PodSecurityContext'
import type { ISecurityContext } from 'kubernetes-models/v1/SecurityContext'

/** The restricted level of Pod Security, under a user by number: an image may name its own by letters alone. */
export function podSecurity([user, group]: readonly [user: number, group: number]): IPodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: group,
    fsGroup: group,
    // Changing the group of a million attachments would take longer than any probe waits.
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  }
}

/** A container that may nothing besides. */
export const UNPRIVILEGED: ISecurityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }

/** The same, on a file system that it cannot write. */
export const SECURITY: ISecurityContext = { ...UNPRIVILEGED, readOnlyRootFilesystem: true }
