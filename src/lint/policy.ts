import type { Source } from '../manifest/manifest.ts'
import type { Index, Profile } from '../manifest/manifest-index.ts'
import type { FieldPath } from '../manifest/path.ts'
import type { Evidence, Severity, Violation } from './finding.ts'

/** How severe a policy's findings are under each profile; `off` says that the profile does not ask for it. */
export type SeverityByProfile = Readonly<Record<Profile, Severity | 'off'>>

/** What a policy can say about one manifest. The engine turns each into a finding, an accounting line or a note. */
export type Verdict =
  | { readonly source: Source; readonly violation: Violation }
  /** The policy could not be run here: never a pass. */
  | { readonly source: Source; readonly notEvaluated: string }
  /** Worth saying, decides nothing (an evaluation error under `failurePolicy: Ignore`). */
  | { readonly source: Source; readonly note: string }

/** One thing required or forbidden, whatever language it is written in. */
export interface Policy {
  /** Kebab-case, unique: the file name. */
  readonly name: string
  /** The folder: `resources`, `network`, `odoo` … */
  readonly family: string
  readonly title: string
  readonly fix: string
  readonly severity: SeverityByProfile
  /** What `lint --fix` does about a finding, where that has exactly one right answer: see `remedyOf`. */
  readonly edit?: string
  judge(index: Index): Iterable<Verdict>
}

/** A violation together with the manifest that it stands in: what a whole-environment policy yields. */
export interface Judgement extends Violation {
  readonly source: Source
}

/** A fact in another manifest that a judgement rests on. */
export function evidence(source: Source, at: FieldPath, message: string): Evidence {
  return { file: source.file, range: source.range(at), message }
}

/** A whole-environment policy as its file declares it; name and family come from where the file stands. */
export interface PolicyDefinition {
  readonly title: string
  readonly fix: string
  /** One severity for every profile, or one for each. */
  readonly severity: Severity | SeverityByProfile
  /** What `lint --fix` does about a finding, as `pod.enableServiceLinks = false`. */
  readonly edit?: string
  check(index: Index): Iterable<Judgement>
}

/** Declares a whole-environment policy: the default export of `policies/<family>/<name>.ts`. */
export function definePolicy(definition: PolicyDefinition): PolicyDefinition {
  return definition
}

/** The policy that a definition makes at its place in the catalogue. */
export function policyFrom(name: string, family: string, definition: PolicyDefinition): Policy {
  return {
    name,
    family,
    title: definition.title,
    fix: definition.fix,
    severity: everyProfile(definition.severity),
    ...(definition.edit === undefined ? {} : { edit: definition.edit }),
    *judge(index) {
      for (const { source, ...violation } of definition.check(index)) yield { source, violation }
    },
  }
}

function everyProfile(severity: Severity | SeverityByProfile): SeverityByProfile {
  return typeof severity === 'string' ? { lite: severity, standard: severity, strict: severity } : severity
}
