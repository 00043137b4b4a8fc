import type { Source } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { fieldsOf, textOf } from '../manifest/value.ts'
import type { PodEndpoint, UnseenEndpoint } from './endpoint.ts'

interface IngressController {
  readonly name: string
  /** What `IngressClass.spec.controller` and `GatewayClass.spec.controllerName` say for it. */
  readonly controllers: readonly string[]
  /** `app.kubernetes.io/name` of its pods, as its own chart sets it. */
  readonly label: string
}

/** Controllers by the names that they and their charts go by. As of August 2026: documentation and chart of each. */
const CONTROLLERS: readonly IngressController[] = [
  {
    name: 'traefik',
    controllers: ['traefik.io/ingress-controller', 'traefik.io/gateway-controller'],
    label: 'traefik',
  },
  { name: 'ingress-nginx', controllers: ['k8s.io/ingress-nginx'], label: 'ingress-nginx' },
]

const CLASS_FIELD = { IngressClass: 'controller', GatewayClass: 'controllerName' } as const

/** How a route names its controller: by a class, or by being of a kind that only one controller reads. */
export type ControllerHint =
  | { readonly kind: keyof typeof CLASS_FIELD; readonly class: string | undefined }
  | { readonly kind: 'controller'; readonly name: string }

/**
 * The pods that may serve a route. Unseen ones are among them when none are in the manifests, and also when the class
 * is not declared there, since any controller may then be meant.
 */
export function controllerPods(
  index: Index,
  pods: readonly PodEndpoint[],
  hint: ControllerHint,
  route: Source,
): readonly (PodEndpoint | UnseenEndpoint)[] {
  const declared = hint.kind === 'controller' ? hint.name : classController(index, hint)
  const meant = CONTROLLERS.filter(
    ({ name, controllers }) => declared === undefined || name === declared || controllers.includes(declared),
  ).map(({ label }) => label)
  const found = podsNamed(pods, meant)
  if (found.length > 0 && declared !== undefined) return found
  const what = hint.kind === 'controller' ? hint.name : (hint.class ?? 'the default class')
  return [...found, { kind: 'unseen', id: `controller of ${route.manifest.kind} (${what})` }]
}

const named = new WeakMap<readonly PodEndpoint[], Map<string, readonly PodEndpoint[]>>()

/** Pods with one of the names: each of thousands of routes asks for the same. */
function podsNamed(pods: readonly PodEndpoint[], names: readonly string[]): readonly PodEndpoint[] {
  const known = named.get(pods) ?? new Map<string, readonly PodEndpoint[]>()
  named.set(pods, known)
  const key = names.join()
  const found = known.get(key) ?? pods.filter(({ labels }) => names.includes(labels['app.kubernetes.io/name'] ?? ''))
  known.set(key, found)
  return found
}

function classController(
  index: Index,
  { kind, class: name }: Extract<ControllerHint, { readonly class: unknown }>,
): string | undefined {
  const declared = name === undefined ? undefined : index.find(kind, name)
  return textOf(fieldsOf(declared?.manifest.spec)[CLASS_FIELD[kind]])
}
