import { type Command, Option } from 'commander'
import picocolors from 'picocolors'
import { availabilityOf } from '../analysis/availability.ts'
import { brokenPromises } from '../analysis/availability-promise.ts'
import { budgetOf } from '../analysis/budget.ts'
import { costOf, type PriceList } from '../analysis/cost.ts'
import { environmentReach } from '../analysis/environment-reach.ts'
import { overBudget } from '../analysis/over-budget.ts'
import { replaceFile } from '../files.ts'
import { judgedStatements } from '../lint/reach-assertions.ts'
import { type UnitStanding, unitStandings } from '../promote/unit-standing.ts'
import { type EnvironmentReport, environmentPart, PROMOTION, WAIVERS } from '../report/environment-part.ts'
import { page } from '../report/html-page.ts'
import { tableMarkup } from '../report/html-table.ts'
import { count } from '../report/plural.ts'
import { promotionTable } from '../report/promotion-table.ts'
import { tallyOf } from '../report/tally.ts'
import { expiring, waiverTable } from '../report/waiver-table.ts'
import { registryOf } from '../schema/registry.ts'
import type { Environment, Platform } from '../spec/platform.ts'
import { atOption, instantOf } from './at.ts'
import type { Outcome } from './command.ts'
import { type Bench, benchFor, enginePolicies, judgeRead, type ReadEnvironment, readEnvironments } from './judge.ts'
import { judgedOf, statementsOf } from './judged-environment.ts'
import { pricesIn } from './prices.ts'
import { type Standing, standingIn } from './standing.ts'
import { version } from './version.ts'
import { openWorkspace, requireEnvironment } from './workspace.ts'

export function define(command: Command): Command {
  return command
    .option('-e, --env <environment>', 'one environment instead of all')
    .option(
      '-o, --out <file>',
      'where to write the page (default: report.html, of one environment report.<environment>.html)',
    )
    .addOption(atOption())
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `
Writes one page of HTML that holds everything and loads nothing: who connects to whom as a picture, what is stated of it, what
stays ready, what is asked for and costs, findings with their code, revisions and waivers. It can be sent as it is; secrets are
masked in it.

Examples:
  waybill report
  waybill report --env production --out production.html`,
    )
}

interface Options {
  readonly env?: string
  readonly out?: string
  readonly at?: string
}

export async function run(_args: readonly string[], options: Options): Promise<Outcome> {
  const at = instantOf(options.at)
  const workspace = openWorkspace()
  const { platform, reader } = workspace
  const asked = options.env === undefined ? platform.environments : [requireEnvironment(platform, options.env)]
  const standings: Standing[] = []
  for (const environment of asked) standings.push(await standingIn(workspace, environment))
  const judged = asked.map((environment, nth) => judgedOf(platform, environment, standings[nth]?.files ?? new Map()))
  const read = readEnvironments(judged)
  const bench = await benchFor(reader, platform, at, new Map(), read)
  const units = unitStandings(platform, reader)
  const prices = pricesIn(reader)
  const reports = asked.flatMap((environment, nth) => {
    const [group, standing] = [read[nth], standings[nth]]
    return group === undefined || standing === undefined
      ? []
      : [reportOf(platform, environment, group, standing.preview, bench, units, prices)]
  })
  const context = {
    textOf: (file: string) => judged.find(({ files }) => files.has(file))?.files.get(file) ?? reader.read(file),
    policies: [...bench.policies, ...enginePolicies(registryOf(bench.schemas))],
    colors: picocolors.createColors(false),
  }
  const findings = reports.flatMap(({ result }) => result.findings)
  const text = page({
    title: platform.name,
    summary: `${count(platform.tenants.length, 'tenant')} · as of ${bench.today}`,
    parts: reports.map(report => environmentPart(report, context)),
    chosen: (reports.findLast(({ preview }) => !preview) ?? reports[0])?.name ?? '',
    common: [
      {
        id: PROMOTION,
        title: 'Promotion',
        lead: 'Where each unit stands on its way, and what waits for the next environment.',
        body: [
          tableMarkup(
            promotionTable(
              platform.environments.map(({ name }) => name),
              units,
            ),
          ),
        ],
      },
      {
        id: WAIVERS,
        title: 'Waivers',
        lead: 'Findings that somebody answers for, until a day.',
        body: [tableMarkup(waiverTable(bench.waivers, findings, bench.today))],
      },
    ],
    footer: `Written by waybill ${version()}. What is shown is computed from manifests; no cluster was asked.`,
  })
  const out = options.out ?? (options.env === undefined ? 'report.html' : `report.${options.env}.html`)
  replaceFile(out, text)
  const size = Math.ceil(Buffer.byteLength(text) / 1024)
  return {
    code: 0,
    text: `report of ${asked.map(({ name }) => name).join(', ')} in ${out}, ${size} KiB`,
    data: { out, waivers: expiring(bench.waivers, bench.today), environments: reports.map(numbersOf) },
  }
}

/** All that is computed of one environment; every table and every number of the page comes from here. */
function reportOf(
  platform: Platform,
  environment: Environment,
  group: ReadEnvironment,
  preview: boolean,
  bench: Bench,
  units: readonly UnitStanding[],
  prices: PriceList,
): EnvironmentReport {
  const { name, kubernetes } = environment
  const { index, files, facts } = group
  const stated = statementsOf(platform, environment, files)
  const availability = availabilityOf(index)
  const budget = budgetOf(index)
  const tenants = platform.tenants.filter(tenant => tenant.environments.has(name) && !tenant.retired)
  return {
    name,
    summary: [
      `${count(tenants.length, 'tenant')}, ${count(index.sources.length, 'manifest')}`,
      `profile ${facts.profile}`,
      ...(kubernetes === undefined ? [] : [`Kubernetes ${kubernetes}`]),
    ].join(' · '),
    preview,
    reach: environmentReach(index),
    guests: stated.zones.guests,
    statements: judgedStatements(index, stated),
    availability,
    broken: brokenPromises(availability),
    budget,
    over: overBudget(budget),
    cost: costOf(budget, prices),
    result: judgeRead([group], bench, false),
    waiting: units.filter(({ states }) => states.get(name)?.waiting !== undefined).length,
    waivers: expiring(bench.waivers, bench.today),
  }
}

/** What the page tells of an environment, in numbers. */
function numbersOf({ name, preview, result, statements, broken, over, waiting }: EnvironmentReport) {
  return {
    environment: name,
    preview,
    tally: tallyOf(result),
    statements: statements.length,
    brokenStatements: statements.filter(({ state }) => state === 'broken' || state === 'about nobody').length,
    brokenPromises: broken.length,
    overBudget: over.length,
    waiting,
  }
}
