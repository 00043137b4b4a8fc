import {
  applyEdit,
  dropEntry,
  dropField,
  replaceScalar,
  scalarText,
  setField,
  type TextEdit,
  type Unedited,
} from '../manifest/edit.ts'
import { groupBy } from '../manifest/group-by.ts'
import { type Manifest, objectName, type Value } from '../manifest/manifest.ts'
import { type ParsedSource, parseManifests } from '../manifest/parse.ts'
import { type FieldPath, formatPath, valueAt } from '../manifest/path.ts'
import { isFields } from '../manifest/value.ts'
import { newNameOf } from '../schema/lifecycle.ts'
import type { Registry } from '../schema/registry.ts'
import { validate } from '../schema/validate.ts'
import type { Finding, LintResult } from './finding.ts'
import type { Policy } from './policy.ts'
import { type Change, changed, changeOf } from './remedy.ts'

type Texts = ReadonlyMap<string, string>

/** A finding that has one right answer and keeps standing, with the reason. */
export interface Left {
  readonly finding: Finding
  readonly because: string
}

export interface Mended {
  /** The files that changed. */
  readonly texts: Texts
  readonly fixed: readonly Finding[]
  readonly left: readonly Left[]
  /** The judgement of what is there now. */
  readonly result: LintResult
}

export interface MendInput {
  readonly texts: Texts
  readonly result: LintResult
  readonly policies: readonly Pick<Policy, 'name' | 'edit'>[]
  readonly registry: Registry
  /** Why a file is not for people to edit; `undefined` where it is. */
  readonly reserved: (finding: Finding) => string | undefined
  /** The same judgement of other texts. */
  readonly judge: (texts: Texts) => Promise<LintResult>
}

/** `spell`: the value stays and is written otherwise. `once`: a key that stands twice with one value. */
type Deed =
  | Change
  | { readonly kind: 'spell'; readonly at: FieldPath; readonly value: Value }
  | { readonly kind: 'once'; readonly at: FieldPath }

/** A deed on one manifest of a file, and the findings that it is to end. */
interface Plan {
  readonly file: string
  /** Which manifest of the file. */
  readonly index: number
  readonly deed: Deed
  readonly findings: readonly Finding[]
}

/** What is proven so far. */
interface Proven {
  readonly texts: Texts
  readonly result: LintResult
  readonly fixed: readonly Finding[]
}

/**
 * Puts right what has exactly one right answer, and proves it: a change is kept only if its finding is gone from the next
 * judgement, no other finding came, and everything else in the file is read as before. Nothing but the changed fields is
 * touched, in no byte.
 */
export async function mend(input: MendInput): Promise<Mended> {
  const left: Left[] = []
  const plans = planned(input, left)
  const start: Proven = { texts: input.texts, result: input.result, fixed: [] }
  const proven = await prove(plans, start, input, left)
  const changedTexts = [...proven.texts].filter(([file, text]) => input.texts.get(file) !== text)
  return { texts: new Map(changedTexts), fixed: proven.fixed, left, result: proven.result }
}

function planned({ texts, result, policies, registry, reserved }: MendInput, left: Left[]): readonly Plan[] {
  const edits = new Map(policies.flatMap(({ name, edit }) => (edit === undefined ? [] : [[name, edit] as const])))
  const parsed = new Map<string, readonly ParsedSource[]>()
  const plans = new Map<string, Plan>()
  for (const finding of result.findings) {
    const { file, policy, state } = finding
    const edit = edits.get(policy)
    const text = texts.get(file)
    if (state !== 'open' || text === undefined || (edit === undefined && !Object.hasOwn(OF_ENGINE, policy))) continue
    const because = reserved(finding)
    if (because !== undefined) {
      left.push({ finding, because })
      continue
    }
    const sources = parsed.get(file) ?? parseManifests(file, text).sources
    parsed.set(file, sources)
    const index = sources.findIndex(source => isOf(finding, source))
    const source = sources[index]
    if (source === undefined) continue
    const deed =
      edit === undefined
        ? OF_ENGINE[policy as EnginePolicy](source, finding, text, registry)
        : changeOf(edit, source.manifest, finding.at)
    if (deed === undefined) continue
    if (typeof deed === 'string') left.push({ finding, because: deed })
    else {
      const key = JSON.stringify([file, index, deed], plain)
      const known = plans.get(key)
      plans.set(key, { file, index, deed, findings: [...(known?.findings ?? []), finding] })
    }
  }
  return [...plans.values()]
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}

function isOf(finding: Finding, source: ParsedSource): boolean {
  return (
    objectName(source.manifest) === finding.object &&
    source.range(finding.at).start.offset === finding.range.start.offset
  )
}

/** The deed, why only a person can tell, or nothing where there is no one answer. */
type Answer = (source: ParsedSource, finding: Finding, text: string, registry: Registry) => Deed | string | undefined

/** What ends a finding of the engine's own policies. */
const OF_ENGINE = {
  'ambiguous-yaml': unambiguous,
  'deprecated-api': renamed,
  'removed-api': renamed,
} as const satisfies Readonly<Record<string, Answer>>
type EnginePolicy = keyof typeof OF_ENGINE

function renamed({ manifest }: ParsedSource, _: Finding, _text: string, registry: Registry): Deed | undefined {
  const name = newNameOf(registry, manifest)
  return name === undefined ? undefined : { kind: 'set', at: ['apiVersion'], value: name }
}

/** A key that stands twice stands once; a value is written as what the schema of its kind takes it for, if that is one thing. */
function unambiguous(
  source: ParsedSource,
  { at, message }: Finding,
  text: string,
  registry: Registry,
): Deed | string | undefined {
  const { manifest } = source
  if (TWICE.test(message)) return { kind: 'once', at }
  const { span, form, depth, borrowed } = source.site(at)
  if (form !== 'scalar' || span === undefined || depth < at.length || typeof at.at(-1) !== 'string') return undefined
  if (borrowed !== undefined) return `the value comes from ${borrowed}`
  const value = valueAt(manifest, at) as Value
  if (typeof value !== 'boolean' && typeof value !== 'number') return undefined
  const written = text.slice(span.start, span.end)
  // Then it is the key of which something was said.
  if (written === scalarText(value, false)) return undefined
  const asText: Change = { kind: 'set', at, value: written }
  if (validate(registry, manifest).outcome === 'unknown') return 'no schema says what is meant'
  const [isRead, isText] = [manifest, changed(manifest, asText)].map(one => fits(registry, one, at))
  if (isRead === isText) return 'it may be meant as it is read, and as text'
  return isText ? asText : { kind: 'spell', at, value }
}

/** What distinguishes the remark about a key from one about its value, which stands at the same path. */
const TWICE = /^the key ".*" stands twice/

function fits(registry: Registry, manifest: Manifest, at: FieldPath): boolean {
  const result = validate(registry, manifest)
  const path = formatPath(at)
  return result.outcome !== 'unknown' && result.problems.every(problem => formatPath(problem.at) !== path)
}

/** Keeps of the plans what holds: all of them at once if that does, else those of each half. */
async function prove(plans: readonly Plan[], before: Proven, input: MendInput, left: Left[]): Promise<Proven> {
  if (plans.length === 0) return before
  const after = await tried(plans, before, input)
  if (typeof after !== 'string') return after
  const [only, ...others] = plans
  if (only !== undefined && others.length === 0) {
    // Then it was no answer to this finding of the policy: the report has it like any other.
    if (after !== STAYS) left.push(...only.findings.map(finding => ({ finding, because: after })))
    return before
  }
  const half = Math.ceil(plans.length / 2)
  const first = await prove(plans.slice(0, half), before, input, left)
  return prove(plans.slice(half), first, input, left)
}

/** What becomes of the texts and their judgement; the reason when it must not. */
async function tried(plans: readonly Plan[], before: Proven, { judge }: MendInput): Promise<Proven | string> {
  const texts = new Map(before.texts)
  for (const [file, own] of groupBy(plans, ({ file }) => file)) {
    const edited = editedText(file, before.texts.get(file) ?? '', own)
    if ('because' in edited) return edited.because
    texts.set(file, edited.text)
  }
  const result = await judge(texts)
  const findings = plans.flatMap(plan => plan.findings)
  const because = worse(before.result, result, findings)
  return because ?? { texts, result, fixed: [...before.fixed, ...findings] }
}

const STAYS = 'the finding would stay'

/** What speaks against a judgement that comes after another one, in which these findings were to end. */
function worse(before: LintResult, after: LintResult, ended: readonly Finding[]): string | undefined {
  const allowed = new Map<string, number>()
  const count = (finding: Finding, by: number) => {
    const key = [finding.policy, finding.object, finding.fingerprint, finding.message].join('\n')
    const left = (allowed.get(key) ?? 0) + by
    allowed.set(key, left)
    return left
  }
  for (const finding of before.findings) if (finding.state === 'open') count(finding, 1)
  for (const finding of ended) count(finding, -1)
  const more = after.findings.find(finding => finding.state === 'open' && count(finding, -1) < 0)
  if (more !== undefined) {
    const isSame = ended.some(
      ({ fingerprint, message }) => fingerprint === more.fingerprint && message === more.message,
    )
    return isSame ? STAYS : `another one would come: ${more.message} [${more.policy}]`
  }
  return after.notEvaluated.length > before.notEvaluated.length ? 'something could not be judged any more' : undefined
}

/** A text with all deeds done, if everything else in it is read as before. */
function editedText(file: string, text: string, plans: readonly Plan[]): { readonly text: string } | Unedited {
  const before = parseManifests(file, text)
  const expected = before.sources.map(({ manifest }, index) =>
    plans.filter(plan => plan.index === index).reduce((made, { deed }) => outcome(made, deed), manifest),
  )
  let current = text
  for (let pending = plans; pending.length > 0; ) {
    const { sources } = parseManifests(file, current)
    const edits: { readonly plan: Plan; readonly edit: TextEdit }[] = []
    for (const plan of pending) {
      const source = sources[plan.index]
      if (source === undefined) return { because: 'the file could not be read any more' }
      if (isDone(plan.deed, source, current)) continue
      const edit = editFor(plan.deed, source, current)
      if ('because' in edit) return edit
      edits.push({ plan, edit })
    }
    // Two edits of one place wait for each other: the second one has to see what the first one made.
    const waiting: Plan[] = []
    let from = current.length + 1
    for (const { plan, edit } of edits.toSorted((left, right) => right.edit.start - left.edit.start)) {
      if (edit.end >= from) waiting.push(plan)
      else {
        current = applyEdit(current, edit)
        from = edit.start
      }
    }
    pending = waiting
  }
  const after = parseManifests(file, current)
  const isAsBefore =
    after.problems.length === before.problems.length &&
    after.skipped.length === before.skipped.length &&
    isEqual(
      after.sources.map(({ manifest }) => manifest),
      expected,
    )
  return isAsBefore ? { text: current } : { because: 'something else in the file would be read otherwise' }
}

function outcome(manifest: Manifest, deed: Deed): Manifest {
  return deed.kind === 'set' || deed.kind === 'drop' ? changed(manifest, deed) : manifest
}

function isDone(deed: Deed, source: ParsedSource, text: string): boolean {
  const value = valueAt(source.manifest, deed.at)
  if (deed.kind === 'set') return isEqual(value, deed.value)
  if (deed.kind === 'drop') return value === undefined
  if (deed.kind === 'once') return twins(source, deed.at).length < 2
  const { span } = source.site(deed.at)
  return span !== undefined && text.slice(span.start, span.end) === scalarText(deed.value, false)
}

function twins(source: ParsedSource, at: FieldPath) {
  const { entries } = source.site(at.slice(0, -1))
  return entries.flatMap((entry, index) => (entry.name === at.at(-1) ? [{ entry, index }] : []))
}

function editFor(deed: Deed, source: ParsedSource, text: string): TextEdit | Unedited {
  if (deed.kind === 'set') return setField(text, source, deed.at, deed.value)
  if (deed.kind === 'drop') return dropField(text, source, deed.at)
  const site = source.site(deed.at)
  if (site.borrowed !== undefined) return { because: `the value comes from ${site.borrowed}` }
  if (deed.kind === 'spell') {
    return site.span === undefined
      ? { because: 'nothing stands there' }
      : replaceScalar(text, site.span, scalarText(deed.value, false))
  }
  const [first, ...others] = twins(source, deed.at)
  const written = ({
    entry,
  }: {
    readonly entry: { readonly value?: { readonly start: number; readonly end: number } }
  }) => (entry.value === undefined ? '' : text.slice(entry.value.start, entry.value.end))
  if (first === undefined || others.some(other => written(other) !== written(first))) {
    return { because: 'the two are not the same' }
  }
  return dropEntry(text, source.site(deed.at.slice(0, -1)), first.index)
}

function isEqual(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isEqual(item, right[index]))
  }
  if (isFields(left) && isFields(right)) {
    const keys = Object.keys(left)
    return (
      keys.length === Object.keys(right).length &&
      keys.every(key => Object.hasOwn(right, key) && isEqual(left[key], right[key]))
    )
  }
  return Object.is(left, right)
}
