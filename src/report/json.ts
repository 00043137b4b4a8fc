import { type Evidence, type Finding, type LintResult, SEVERITIES } from '../lint/finding.ts'
import { formatPath } from '../manifest/path.ts'
import type { ReportContext } from './reporter.ts'
import { tallyOf } from './tally.ts'

/** Raised when a field goes or changes its meaning; a new field does not raise it. */
const SCHEMA_VERSION = 1

/** For machines: everything in the result, fields in a fixed order, described by `LINT_REPORT_SCHEMA`. */
export function json(result: LintResult, { version }: ReportContext): string {
  const report = {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: 'waybill', version },
    summary: tallyOf(result),
    findings: result.findings.map(findingOf),
    notEvaluated: result.notEvaluated.map(({ file, range, policy, object, reason }) => ({
      file,
      range,
      policy,
      object,
      reason,
    })),
    notes: result.notes.map(({ text, times, policy }) => ({ text, times, policy })),
  }
  return `${JSON.stringify(report, null, 2)}\n`
}

function findingOf(finding: Finding) {
  const { policy, severity, state, message, fix, object, file, range, at, fingerprint, origin, waiver } = finding
  const evidence = (finding.evidence ?? []).map(({ file, range, message }: Evidence) => ({ file, range, message }))
  const path = formatPath(at)
  return { policy, severity, state, message, fix, object, file, range, path, fingerprint, evidence, origin, waiver }
}

const TEXT = { type: 'string' }
const COUNT = { type: 'integer', minimum: 0 }
const RANGE = { $ref: '#/definitions/range' }

/** An object of exactly these fields, of which those in `optional` may be absent. */
function fields(properties: Readonly<Record<string, object>>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter(name => !optional.includes(name))
  return { type: 'object', properties, required, additionalProperties: false }
}

/** JSON Schema (draft 7) of what `json` writes. */
export const LINT_REPORT_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'waybill lint report',
  ...fields({
    schemaVersion: { const: SCHEMA_VERSION },
    tool: fields({ name: { const: 'waybill' }, version: TEXT }),
    summary: fields({
      open: fields(Object.fromEntries(SEVERITIES.map(severity => [severity, COUNT]))),
      waived: COUNT,
      carried: COUNT,
      notEvaluated: COUNT,
      files: COUNT,
      manifests: COUNT,
      policies: COUNT,
    }),
    findings: { type: 'array', items: { $ref: '#/definitions/finding' } },
    notEvaluated: {
      type: 'array',
      items: fields({ file: TEXT, range: RANGE, policy: TEXT, object: TEXT, reason: TEXT }, [
        'file',
        'range',
        'policy',
        'object',
      ]),
    },
    notes: {
      type: 'array',
      items: fields({ text: TEXT, times: { type: 'integer', minimum: 1 }, policy: TEXT }, ['policy']),
    },
  }),
  definitions: {
    position: {
      ...fields({ line: { type: 'integer', minimum: 1 }, column: { type: 'integer', minimum: 1 }, offset: COUNT }),
      description: 'Lines and columns count from 1, columns in UTF-16 code units; the offset counts from 0.',
    },
    range: {
      ...fields({ start: { $ref: '#/definitions/position' }, end: { $ref: '#/definitions/position' } }),
      description: 'From the first character up to, but not including, the end.',
    },
    finding: fields(
      {
        policy: TEXT,
        severity: { enum: SEVERITIES },
        state: { enum: ['open', 'waived', 'carried'] },
        message: TEXT,
        fix: TEXT,
        object: { ...TEXT, description: 'Kind/namespace/name, or Kind/name.' },
        file: TEXT,
        range: RANGE,
        path: { ...TEXT, description: 'The field, as spec.template.spec.containers[0].image.' },
        fingerprint: { ...TEXT, pattern: '^[0-9a-f]{16}$' },
        evidence: { type: 'array', items: fields({ file: TEXT, range: RANGE, message: TEXT }) },
        origin: fields({ key: TEXT, file: TEXT, line: { type: 'integer', minimum: 1 } }),
        waiver: fields({ reason: TEXT, owner: TEXT, expires: TEXT, file: TEXT, range: RANGE }, ['owner', 'expires']),
      },
      ['origin', 'waiver'],
    ),
  },
}
