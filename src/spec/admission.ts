import { SEVERITIES, type Severity } from '../lint/finding.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { Profile } from '../manifest/manifest-index.ts'
import type { Fields } from '../manifest/value.ts'
import { type ClusterPolicy, told } from './cluster-policy.ts'
import type { Ledger } from './ledger.ts'
import { closed, listOf as list, type Schema } from './schema-terms.ts'

/** A policy that looks at one object at a time, written as a ValidatingAdmissionPolicy. */
export interface SinglePolicy {
  readonly manifest: Manifest
  readonly severity: Readonly<Record<Profile, Severity | 'off'>>
  /** What each of its own bindings applies it to; empty for a policy that applies as itself. */
  readonly matches: readonly Fields[]
}

/** Whom a waiver lets through. Why, by whom and until when is the desk's to know. */
export interface Exemption {
  readonly policy: string
  /** The fields of its target; all of them have to fit. */
  readonly target: Readonly<Record<string, string>>
}

/** What people have decided about the judgement, as far as a cluster can be told. */
export interface Rulings {
  readonly own: readonly SinglePolicy[]
  readonly exemptions: readonly Exemption[]
  /** Why some of it cannot be relied upon. Nothing is told to a cluster then. */
  readonly problems: readonly string[]
}

/** What the platform unit of an environment knows of its judgement: part of its local half. */
export interface Judgement extends Rulings {
  readonly profile: Profile
  readonly severities: Readonly<Record<string, Severity | 'off'>>
}

const ACTIONS = ['audit', 'warn'] as const
type Action = (typeof ACTIONS)[number]

export const ADMISSION_SCHEMA: Schema = closed(
  'The policies that look at one object at a time, told to the cluster as ValidatingAdmissionPolicies, waivers included.',
  {
    actions: list(
      'What becomes of a finding: a line in the audit log, a warning to whoever asked. Default: both.',
      { enum: [...ACTIONS] },
      { minItems: 1, uniqueItems: true },
    ),
    deny: {
      enum: [...SEVERITIES],
      description: 'The least severity that the cluster refuses, in namespaces of the platform. Default: none.',
    },
  },
)

/** The longest name that still is a file name with its kind before it. */
const LONGEST_NAME = 200

/** The policies that the cluster of an environment is told; empty where it does not ask for any. */
export function admissionOf(
  { find, say, contradict }: Pick<Ledger, 'find' | 'say' | 'contradict'>,
  { platform, environment }: { readonly platform: string; readonly environment: string },
  judgement: Judgement | undefined,
  builtIn: readonly SinglePolicy[],
): readonly ClusterPolicy[] {
  const asked = find('admission')
  if (asked === undefined || judgement === undefined) return []
  for (const problem of judgement.problems) {
    contradict({
      message: `the cluster is to be told of the policies, and they cannot be relied upon: ${problem}`,
      hint: 'mend it: `waybill policy test` and `waybill lint` say where it stands',
      key: asked.key,
    })
  }
  const actions = find<readonly Action[]>('admission.actions')?.value ?? ACTIONS
  const least = find<Severity>('admission.deny')?.value
  const policies = [...builtIn, ...judgement.own].flatMap(policy => {
    const { name } = policy.manifest.metadata
    const severity = Object.hasOwn(judgement.severities, name)
      ? judgement.severities[name]
      : policy.severity[judgement.profile]
    if (severity === undefined || severity === 'off') return []
    const denies = least !== undefined && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least)
    const exemptions = judgement.exemptions.filter(({ policy: waived }) => waived === name)
    return told(policy, { name: `${platform}-${name}`, environment, severity, actions, denies, exemptions }) ?? []
  })
  for (const { name } of policies.filter(({ name }) => name.length > LONGEST_NAME)) {
    contradict({
      message: `the policy "${name}" has a name of ${name.length} characters, and ${LONGEST_NAME} are the most that a cluster is told`,
      hint: 'shorten it',
      key: asked.key,
    })
  }
  say(
    'admission',
    policies.map(({ name }) => name),
    'stated',
    asked.key,
  )
  return policies
}
