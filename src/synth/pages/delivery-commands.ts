import { AUTOMATED } from '../../../charts/argo-sync.ts'
import { applicationName } from '../../../charts/delivery.ts'
import type { Gitops } from '../../spec/gitops.ts'
import { unitFolder } from '../layout.ts'

/** The commands by which an engine lets a unit be, and takes it up again. */
export function deliveryCommands(
  gitops: Gitops | undefined,
  unit: string,
  environment: string,
): Record<'stop' | 'go', readonly string[]> {
  if (gitops === undefined) return { stop: [], go: [`kubectl apply -k ${unitFolder(environment, unit)}`] }
  const name = applicationName({ environment }, unit)
  const { engine, namespace } = gitops
  if (engine === 'flux') {
    const flux = (verb: string) => [`flux ${verb} kustomization ${name} -n ${namespace}`]
    return { stop: flux('suspend'), go: flux('resume') }
  }
  const patch = (automated: unknown) => [
    `kubectl -n ${namespace} patch application ${name} --type merge -p '${JSON.stringify({ spec: { syncPolicy: { automated } } })}'`,
  ]
  return { stop: patch(null), go: patch(AUTOMATED) }
}
