/**
 * What auditors ask for, by the policy that asks the same. Only what a standard says in so many words is listed; that a
 * policy holds does not mean that all of a control does. Read in November 2026.
 *
 * Sources: Pod Security Standards (kubernetes.io/docs/concepts/security/pod-security-standards, controls by their name
 * there); Kubernetes Hardening Guidance 1.2 of NSA and CISA, August 2022 (sections by their heading); CIS Kubernetes
 * Benchmark 1.12 (recommendations by number, as kube-bench `cfg/cis-1.12/policies.yaml` has them).
 */

/** Where the standards ask for what a policy asks for. */
export interface StandardReferences {
  readonly podSecurity?: { readonly level: 'baseline' | 'restricted'; readonly control: string }
  /** The headings that lead to it, the chapter first. */
  readonly hardeningGuidance?: readonly [chapter: string, section: string]
  readonly cisBenchmark?: readonly string[]
}

const POD_SECURITY = 'Kubernetes Pod security'
const NETWORK = 'Network separation and hardening'
const ENFORCEMENT = [POD_SECURITY, 'Pod security enforcement'] as const
const NETWORK_POLICIES = [NETWORK, 'Network policies'] as const
const ACCESS = ['Authentication and authorization', 'Role-based access control'] as const

export const STANDARDS: Readonly<Record<string, StandardReferences>> = {
  'allow-all': { hardeningGuidance: NETWORK_POLICIES },
  capabilities: { podSecurity: { level: 'restricted', control: 'Capabilities' }, cisBenchmark: ['5.2.8', '5.2.9'] },
  'cluster-admin': { hardeningGuidance: ACCESS, cisBenchmark: ['5.1.1'] },
  'default-deny': { hardeningGuidance: NETWORK_POLICIES, cisBenchmark: ['5.3.2'] },
  'host-namespaces': {
    podSecurity: { level: 'baseline', control: 'Host Namespaces' },
    hardeningGuidance: ENFORCEMENT,
    cisBenchmark: ['5.2.3', '5.2.4', '5.2.5'],
  },
  'host-path': {
    podSecurity: { level: 'baseline', control: 'HostPath Volumes' },
    hardeningGuidance: ENFORCEMENT,
    cisBenchmark: ['5.2.11'],
  },
  'literal-secret': { hardeningGuidance: [NETWORK, 'Secrets'] },
  'metadata-address': { hardeningGuidance: [NETWORK, 'Protecting sensitive cloud infrastructure'] },
  'namespace-budget': { hardeningGuidance: [NETWORK, 'Resource policies'] },
  'pod-not-isolated': { hardeningGuidance: NETWORK_POLICIES },
  'pod-security': { hardeningGuidance: ENFORCEMENT },
  'privilege-escalation': {
    podSecurity: { level: 'restricted', control: 'Privilege Escalation' },
    hardeningGuidance: ENFORCEMENT,
    cisBenchmark: ['5.2.6'],
  },
  privileged: {
    podSecurity: { level: 'baseline', control: 'Privileged Containers' },
    hardeningGuidance: ENFORCEMENT,
    cisBenchmark: ['5.2.2'],
  },
  'read-only-root': { hardeningGuidance: [POD_SECURITY, 'Immutable container file systems'] },
  'readable-secrets': { hardeningGuidance: ACCESS, cisBenchmark: ['5.1.2'] },
  'run-as-non-root': {
    podSecurity: { level: 'restricted', control: 'Running as Non-root' },
    hardeningGuidance: [POD_SECURITY, '"Non-root" containers and "rootless" container engines'],
    cisBenchmark: ['5.2.7'],
  },
  seccomp: { podSecurity: { level: 'restricted', control: 'Seccomp' }, cisBenchmark: ['5.6.2'] },
  'unused-token': {
    hardeningGuidance: [POD_SECURITY, 'Protecting Pod service account tokens'],
    cisBenchmark: ['5.1.6'],
  },
  'wildcard-role': { hardeningGuidance: ACCESS, cisBenchmark: ['5.1.3'] },
}

/** A line for each standard that asks for what the policy asks for; none when no standard does. */
export function standardLines(policy: string): readonly string[] {
  const { podSecurity, hardeningGuidance, cisBenchmark } = Object.hasOwn(STANDARDS, policy)
    ? (STANDARDS[policy] ?? {})
    : {}
  return [
    ...(podSecurity === undefined ? [] : [`Pod Security Standards, ${podSecurity.level}: ${podSecurity.control}`]),
    ...(hardeningGuidance === undefined
      ? []
      : [`NSA/CISA Kubernetes Hardening Guidance 1.2: ${hardeningGuidance.join(', ')}`]),
    ...(cisBenchmark === undefined ? [] : [`CIS Kubernetes Benchmark 1.12: ${cisBenchmark.join(', ')}`]),
  ]
}
