import type { Asking } from './asking.ts'
import { closed, listOf, type Schema, text } from './schema-terms.ts'

/** What brings the tree into a cluster. */
const ENGINES = ['argocd', 'flux', 'none'] as const
type Engine = (typeof ENGINES)[number]

/** How the engine of a cluster finds the tree. */
export interface Gitops {
  readonly engine: Exclude<Engine, 'none'>
  readonly repository: string
  /** A branch, a tag or a commit. */
  readonly revision: string
  /** The namespace that the engine runs in. */
  readonly namespace: string
  /** PGP keys, one of which has to have signed the commit; empty where signatures are not asked for. */
  readonly signatureKeys: readonly string[]
  /** The Secret beside the engine with the credentials of the repository. */
  readonly secret?: string
}

export const GITOPS_SCHEMA: Schema = closed('What brings the tree into the cluster.', {
  engine: { enum: [...ENGINES], description: 'Argo CD, Flux, or nothing that waybill writes. Default: none.' },
  repository: text('The repository that holds platform.yaml at its root.', {
    pattern: '^(https://|ssh://)[^ ]+$',
    examples: ['https://git.example/erp/platform.git'],
  }),
  revision: text('The branch, tag or commit that the cluster follows. Default: main.', { pattern: '^[^ ]+$' }),
  namespace: text('The namespace of the engine. Default: argocd, or flux-system.'),
  signatureKeys: listOf(
    'Keys of which one has to have signed what Argo CD applies.',
    text('The ID of a PGP key.', { pattern: '^[0-9A-F]{16}$', examples: ['4AEE18F83AFDEB23'] }),
    { minItems: 1 },
  ),
  secret: text('The Secret with the credentials of the repository, for Flux. Argo CD finds its own by the address.'),
})

const NAMESPACES = { argocd: 'argocd', flux: 'flux-system' } as const

/** How the engine finds the tree; `undefined` where there is none. */
export function gitopsOf({
  settle,
  find,
  home,
  contradict,
}: Pick<Asking, 'settle' | 'find' | 'home' | 'contradict'>): Gitops | undefined {
  const { value: engine, key: engineKey } = settle<Engine>('gitops.engine', () => ['none', 'default', home])
  if (engine === 'none') return undefined
  const repository = find<string>('gitops.repository')
  const signatureKeys = find<string[]>('gitops.signatureKeys')
  const secret = find<string>('gitops.secret')
  if (repository === undefined) {
    contradict({
      message: `gitops.engine is ${engine}, and nothing says which repository it follows`,
      hint: 'state gitops.repository',
      key: engineKey,
    })
  }
  if (engine === 'flux' && signatureKeys !== undefined) {
    contradict({
      message: 'gitops.signatureKeys are IDs of keys, which Argo CD takes; Flux wants the keys themselves, in a Secret',
      hint: 'leave it out, or deliver with Argo CD',
      key: signatureKeys.key,
      against: engineKey,
    })
  }
  if (engine === 'argocd' && secret !== undefined) {
    contradict({
      message: 'gitops.secret is read by Flux alone: Argo CD finds the credentials by the address of the repository',
      hint: 'leave it out, and label the Secret argocd.argoproj.io/secret-type: repository',
      key: secret.key,
      against: engineKey,
    })
  }
  return {
    engine,
    repository: settle('gitops.repository', () => ['', 'missing', engineKey]).value,
    revision: settle('gitops.revision', () => ['main', 'default', home]).value,
    namespace: settle('gitops.namespace', () => [NAMESPACES[engine], `engine ${engine}`, engineKey]).value,
    signatureKeys: signatureKeys?.value ?? [],
    ...(secret === undefined ? {} : { secret: secret.value }),
  }
}
