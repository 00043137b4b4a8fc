import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { diskTree, findRoot, requireRoot } from '../files.ts'
import { STANDARDS, standardLines } from '../lint/data/standards.ts'
import { type Page, parsePage } from '../lint/page.ts'
import type { Policy } from '../lint/policy.ts'
import { PROFILES } from '../manifest/manifest-index.ts'
import { nearest } from '../manifest/nearest.ts'
import type { Colors } from '../report/reporter.ts'
import type { Registry } from '../schema/registry.ts'
import { inputError } from '../spec/problem.ts'
import { builtInPolicies } from './catalogue.ts'
import type { Outcome } from './command.ts'
import { version } from './version.ts'
import { packaged } from './workspace.ts'

const FINGERPRINT = /^[0-9a-f]{16}$/

/**
 * Explains a policy by its page, or a finding of the platform around the working directory by what it rests on and what its policy asks.
 *
 * @throws InputError naming the nearest policy when there is none of that name, and when no finding has that fingerprint
 */
export function explainPolicyOrFinding(subject: string): Promise<Outcome> {
  return FINGERPRINT.test(subject) ? explainFinding(subject) : explainPolicy(subject)
}

/** A policy as far as it can be told without running it. */
type Described = Omit<Policy, 'judge'>

async function explainPolicy(name: string): Promise<Outcome> {
  const [{ enginePolicies }, { registryOf }, { builtSchemas }] = await Promise.all([
    import('./judge.ts'),
    import('../schema/registry.ts'),
    import('../schema-files.ts'),
  ])
  const registry = registryOf(builtSchemas())
  const builtIn = [...(await builtInPolicies()), ...enginePolicies(registry)]
  const found = builtIn.find(policy => policy.name === name)
  if (found !== undefined) return outcomeOf(found, pageOf(found))
  const own = await peoplesPolicies(registry, new Set(builtIn.map(policy => policy.name)))
  const other = own.find(({ policy }) => policy.name === name)
  if (other !== undefined) return outcomeOf(other.policy, other.page)
  const names = [...builtIn, ...own.map(({ policy }) => policy)].map(policy => policy.name).sort()
  const near = nearest(name, names)
  const hint = near === undefined ? `policies are ${names.join(', ')}` : `did you mean "${near}"?`
  throw inputError(name, `there is no policy "${name}"`, hint)
}

/** Policies of people's own beside platform.yaml, each with the page beside it, if it has one. */
async function peoplesPolicies(
  registry: Registry,
  taken: ReadonlySet<string>,
): Promise<readonly { readonly policy: Described; readonly page: Page | undefined }[]> {
  const root = findRoot(process.cwd())
  if (root === undefined) return []
  const [{ manifestFiles, POLICIES_FOLDER }, { ownPolicies }] = await Promise.all([
    import('./governance.ts'),
    import('../lint/own-policies.ts'),
  ])
  const reader = diskTree(root)
  return ownPolicies(manifestFiles(reader, POLICIES_FOLDER), registry, taken).policies.map(({ policy, source }) => {
    const text = reader.read(`${dirname(source.file)}/${policy.name}.md`)
    return { policy, page: text === undefined ? undefined : parsePage(text).page }
  })
}

function outcomeOf(policy: Described, page: Page | undefined): Outcome {
  const { name, family, title, fix, severity } = policy
  const standards = Object.hasOwn(STANDARDS, name) ? { standards: STANDARDS[name] } : {}
  const data = { policy: { name, family, title, fix, severity }, ...(page === undefined ? {} : { page }), ...standards }
  return { code: 0, text: policyText(policy, page), data }
}

function pageOf({ family, name }: Described): Page {
  return parsePage(readFileSync(packaged(`policies/${family}/${name}.md`), 'utf8')).page
}

function policyText({ name, family, title, fix, severity, edit }: Described, page: Page | undefined): string {
  const profiles = PROFILES.map(profile => `${profile} ${severity[profile]}`).join(', ')
  const head = `${name}: ${title}\nfamily ${family}; ${profiles}`
  if (page === undefined) return [head, `Fix\n${fix}`].join('\n\n')
  const { about, sections, examples } = page
  const standards = standardLines(name)
  const failing = examples.find(({ verdict }) => verdict === 'fail')
  const findings = (failing?.findings ?? []).map(({ line, message }) => `# ${line}: ${message}`)
  const paragraphs = [
    head,
    about,
    `Why\n${sections.Why}`,
    `Fix\n${sections.Fix}`,
    ...(edit === undefined ? [] : [`\`waybill lint --fix\` writes\n${edit}`]),
    `When to waive it\n${sections['When to waive it']}`,
    `References\n${sections.References}`,
    ...(standards.length === 0 ? [] : [`Standards\n${standards.join('\n')}`]),
    ...(failing === undefined ? [] : [`What fails\n${[failing.yaml.trimEnd(), ...findings].join('\n')}`]),
  ]
  return paragraphs.join('\n\n')
}

// ---- findings ------------------------------------------------------------------------------------------------------

const plain = (text: string) => text
const PLAIN: Colors = { bold: plain, dim: plain, red: plain, yellow: plain, cyan: plain, green: plain }

async function explainFinding(fingerprint: string): Promise<Outcome> {
  const [{ judgePlatform }, { text: report }, { now }] = await Promise.all([
    import('./lint-judgement.ts'),
    import('../report/text.ts'),
    import('../clock.ts'),
  ])
  const reader = diskTree(requireRoot(process.cwd()))
  const { result, texts, bench } = await judgePlatform(reader, { at: now(), given: new Map(), ungiven: [] })
  const findings = result.findings.filter(finding => finding.fingerprint === fingerprint)
  const [first] = findings
  if (first === undefined) {
    const hint = 'waybill lint --format json lists the findings with their fingerprints'
    throw inputError(fingerprint, 'no finding of this platform has this fingerprint', hint)
  }
  const textOf = (file: string) => texts.get(file) ?? reader.read(file)
  const context = { version: version(), textOf, policies: bench.policies, failOn: 'error', colors: PLAIN } as const
  const blocks = findings.map(finding => {
    // The report leaves out what is waived, and ends in a tally: the finding is its first paragraph.
    const [block = ''] = report(
      { ...result, findings: [{ ...finding, state: 'open' }], notEvaluated: [], notes: [] },
      context,
    ).split('\n\n')
    const { waiver } = finding
    if (waiver === undefined) return block
    const until = waiver.expires === undefined ? '' : ` until ${waiver.expires}`
    return `${block}\n  waived${until} by ${waiver.owner ?? waiver.file}: ${waiver.reason}`
  })
  const policy = await explainPolicy(first.policy)
  return { code: 0, text: [...blocks, policy.text].join('\n\n'), data: { findings, ...policy.data } }
}
