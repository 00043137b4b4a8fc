import { bindValue } from '../cel/binding.ts'
import type { Bindings } from '../cel/expression.ts'
import { Unknowable } from '../cel/fault.ts'
import type { Outcomes } from '../cel/variable-scope.ts'
import { groupOf, type Source } from '../manifest/manifest.ts'
import type { Index } from '../manifest/manifest-index.ts'
import { fieldsOf, listOf, textOf } from '../manifest/value.ts'
import { DEFAULT_NAMESPACE } from '../manifest/workload.ts'

/** A kind as the API server serves it: its plural, and whether its objects live in namespaces. */
interface Resource {
  readonly plural: string
  readonly namespaced: boolean
  /** Known of a definition among the manifests. */
  readonly served?: readonly string[]
}

/** A manifest as the request that creates it. */
export interface Target {
  readonly source: Source
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  readonly name: string
  /** Empty for cluster-scoped objects; of a Namespace its own name, as in the API server. */
  readonly namespace: string
  /** What expressions see, all but `params` and `variables`; made when a policy first needs it. */
  bindings(): Bindings
  /** What expressions without parameters gave for it: those about pods share most of theirs. */
  readonly outcomes: Outcomes
}

/** Native kinds outside of namespaces, by API group, as of Kubernetes 1.35. */
const CLUSTER_SCOPED: Readonly<Record<string, readonly string[]>> = {
  '': ['Namespace', 'Node', 'PersistentVolume', 'ComponentStatus'],
  'admissionregistration.k8s.io': [
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
    'MutatingWebhookConfiguration',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
    'ValidatingWebhookConfiguration',
  ],
  'apiextensions.k8s.io': ['CustomResourceDefinition'],
  'apiregistration.k8s.io': ['APIService'],
  'certificates.k8s.io': ['CertificateSigningRequest', 'ClusterTrustBundle'],
  'flowcontrol.apiserver.k8s.io': ['FlowSchema', 'PriorityLevelConfiguration'],
  'internal.apiserver.k8s.io': ['StorageVersion'],
  'networking.k8s.io': ['IPAddress', 'IngressClass', 'ServiceCIDR'],
  'node.k8s.io': ['RuntimeClass'],
  'rbac.authorization.k8s.io': ['ClusterRole', 'ClusterRoleBinding'],
  'resource.k8s.io': ['DeviceClass', 'DeviceTaintRule', 'ResourceSlice'],
  'scheduling.k8s.io': ['PriorityClass'],
  'storage.k8s.io': ['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment', 'VolumeAttributesClass'],
  'storagemigration.k8s.io': ['StorageVersionMigration'],
}

/** Groups without a dot, and those of Kubernetes itself, are served without a CustomResourceDefinition. */
function isNative(group: string): boolean {
  return !group.includes('.') || Object.hasOwn(CLUSTER_SCOPED, group)
}

/** The plural by the rules of English, which native kinds and nearly all custom ones follow. */
function pluralOf(kind: string): string {
  const name = kind.toLowerCase()
  if (name === 'endpoints') return name
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`
  return /(s|x|z|ch|sh)$/.test(name) ? `${name}es` : `${name}s`
}

/**
 * The resource of a kind. Of a custom kind whose definition is not among the manifests, the scope is a guess: in a
 * namespace if the manifest names one, outside of any if the kind is called `Cluster…`.
 */
function resourceOf(index: Index, group: string, kind: string, hasNamespace: boolean): Resource {
  const defined = customResources(index).get(`${kind}.${group}`)
  if (defined !== undefined) return defined
  const namespaced = isNative(group)
    ? !(CLUSTER_SCOPED[group] ?? []).includes(kind)
    : hasNamespace || !(/^Cluster[A-Z]/.test(kind) || kind === 'GatewayClass')
  return { plural: pluralOf(kind), namespaced }
}

const definitions = new WeakMap<Index, ReadonlyMap<string, Resource>>()

/** The resources that known definitions declare, by `Kind.group`; one among the manifests counts before the others. */
function customResources(index: Index): ReadonlyMap<string, Resource> {
  const known = definitions.get(index)
  if (known !== undefined) return known
  const resources = new Map<string, Resource>()
  const declared = index.ofKind('CustomResourceDefinition').map(({ manifest }) => manifest)
  for (const manifest of [...(index.definitions ?? []), ...declared]) {
    const spec = fieldsOf(manifest.spec)
    const names = fieldsOf(spec.names)
    const [group, kind, plural] = [spec.group, names.kind, names.plural].map(textOf)
    if (group === undefined || kind === undefined || plural === undefined) continue
    const versions = listOf(spec.versions).map(fieldsOf)
    const served = versions.filter(version => version.served !== false).flatMap(version => textOf(version.name) ?? [])
    resources.set(`${kind}.${group}`, { plural, namespaced: spec.scope !== 'Cluster', served })
  }
  definitions.set(index, resources)
  return resources
}

/** Whether objects of a kind live in namespaces; of a custom kind as its definition says. */
export function isNamespaced(index: Index, apiVersion: string, kind: string): boolean {
  return resourceOf(index, groupOf(apiVersion), kind, true).namespaced
}

/** The versions that a definition among the manifests serves; `undefined` without one. */
export function servedVersions(index: Index, { group, kind }: Target): readonly string[] | undefined {
  return customResources(index).get(`${kind}.${group}`)?.served
}

const targets = new WeakMap<Index, readonly (readonly Target[])[]>()

/**
 * Every manifest of an environment as a request, those of one resource and version together, so that a policy looks at
 * nothing that its rules cannot select. Made once and shared by all policies.
 */
export function targetsByResource(index: Index): readonly (readonly Target[])[] {
  const known = targets.get(index)
  if (known !== undefined) return known
  const groups = new Map<string, Group>()
  for (const source of index.sources) {
    const { apiVersion, kind, metadata } = source.manifest
    const hasNamespace = metadata.namespace !== undefined
    const key = `${apiVersion} ${kind} ${hasNamespace}`
    let group = groups.get(key)
    if (group === undefined) {
      group = groupFor(index, apiVersion, kind, hasNamespace)
      groups.set(key, group)
    }
    group.targets.push(targetOf(source, group, index))
  }
  const made = [...groups.values()].map(({ targets: same }) => same)
  targets.set(index, made)
  return made
}

/** Manifests of one kind and version, in namespaces or not. */
interface Group {
  readonly name: string
  readonly version: string
  readonly kind: string
  readonly resource: Resource
  readonly targets: Target[]
}

function groupFor(index: Index, apiVersion: string, kind: string, hasNamespace: boolean): Group {
  const name = groupOf(apiVersion)
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1)
  return { name, version, kind, resource: resourceOf(index, name, kind, hasNamespace), targets: [] }
}

function targetOf(source: Source, { name: group, version, kind, resource }: Group, index: Index): Target {
  const { plural, namespaced } = resource
  const { name, namespace } = source.manifest.metadata
  const isNamespace = group === '' && kind === 'Namespace'
  let bindings: Bindings | undefined
  const target: Target = {
    source,
    group,
    version,
    kind,
    plural,
    namespaced,
    name,
    namespace: namespaced ? (namespace ?? DEFAULT_NAMESPACE) : isNamespace ? name : '',
    bindings: () => {
      bindings ??= bindingsOf(target, index)
      return bindings
    },
    outcomes: new Map(),
  }
  return target
}

function bindingsOf(target: Target, index: Index): Bindings {
  return {
    object: boundObject(target),
    oldObject: null,
    request: requestOf(target),
    namespaceObject: target.namespaced ? namespaceObject(target.namespace, index) : null,
  }
}

/** The API server writes the namespace of the request into the object before it asks any policy. */
function boundObject({ source: { manifest }, namespaced, namespace }: Target): unknown {
  const complete = namespaced && manifest.metadata.namespace === undefined
  return bindValue(complete ? { ...manifest, metadata: { ...manifest.metadata, namespace } } : manifest)
}

function requestOf({ group, version, kind, plural, name, namespace }: Target) {
  const groupVersionKind = { group, version, kind }
  const groupVersionResource = { group, version, resource: plural }
  return {
    kind: groupVersionKind,
    resource: groupVersionResource,
    subResource: '',
    requestKind: groupVersionKind,
    requestResource: groupVersionResource,
    requestSubResource: '',
    name,
    namespace,
    operation: 'CREATE',
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    get userInfo(): never {
      throw new Unknowable('it asks who sends the request (request.userInfo), which only a cluster knows')
    },
  }
}

function namespaceObject(name: string, index: Index): unknown {
  const source = index.find('Namespace', name)
  const unknown = (field: string) => (): never => {
    throw new Unknowable(`it reads the ${field} of namespace "${name}", which is not among the manifests`)
  }
  if (source === undefined) {
    const metadata = Object.defineProperties(
      { name },
      {
        labels: { enumerable: true, get: unknown('labels') },
        annotations: { enumerable: true, get: unknown('annotations') },
      },
    )
    return { metadata }
  }
  const { metadata, spec } = source.manifest
  return bindValue({
    metadata: { ...metadata, labels: index.namespaceLabels(name) },
    spec,
    status: { phase: 'Active' },
  })
}
