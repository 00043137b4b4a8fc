/**
 * The image of kubectl that Kubernetes publishes: one binary and no shell. Read November 2026.
 *
 * Source of the digest: four public repositories pin this tag by it. The binary speaks with API servers one minor version
 * older and newer (Kubernetes, version skew policy).
 */
export const KUBECTL = {
  image: 'registry.k8s.io/kubectl:v1.36.4@sha256:b8d523e7b8cdc5e3caa0f8891ee9f504abf137dec786e6e0ddd33e4f272c2f13',
  /** The user that it runs as here: any will do that is not root. */
  user: [65_532, 65_532],
} as const
