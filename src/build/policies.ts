/**
 * Bakes `policies/` into one file, so that a run reads one file and not hundreds: ValidatingAdmissionPolicies as data, and
 * what is said and asked by the modules of whole-environment policies.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BakedModule, BakedPolicies } from '../cli/catalogue.ts'
import { admissionPolicy } from '../lint/admission-policy.ts'
import { type PolicyDefinition, policyFrom } from '../lint/policy.ts'
import { looksOf } from '../lint/relevance.ts'
import { parseManifests } from '../manifest/parse.ts'

const sources = fileURLToPath(new URL('../../../policies/', import.meta.url))
const baked = fileURLToPath(new URL('../../policies/', import.meta.url))
const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).sort()

const admission = files
  .filter(file => file.endsWith('.yaml'))
  .map(file => {
    const { sources: found, problems } = parseManifests(`policies/${file}`, readFileSync(sources + file, 'utf8'))
    const manifest = found[0]?.manifest
    for (const { range, message } of problems) throw new Error(`policies/${file}:${range.start.line}: ${message}`)
    if (manifest?.kind !== 'ValidatingAdmissionPolicy' || found.length !== 1) {
      throw new Error(`policies/${file} does not hold exactly one ValidatingAdmissionPolicy`)
    }
    const name = basename(file, '.yaml')
    if (manifest.metadata.name !== name) throw new Error(`policies/${file} is named ${manifest.metadata.name} inside`)
    return { name, family: dirname(file), severity: admissionPolicy(manifest).severity, manifest }
  })
const modules = await Promise.all(
  files
    .filter(file => file.endsWith('.ts'))
    .map(async (file): Promise<BakedModule> => {
      const module = file.replace(/\.ts$/, '.js')
      const { default: definition } = (await import(`file://${baked}${module}`)) as { default: PolicyDefinition }
      const { judge: _, ...described } = policyFrom(basename(file, '.ts'), dirname(file), definition)
      const looks = looksOf(definition.check)
      return { ...described, module, ...(looks === undefined ? {} : { looks }) }
    }),
)

const catalogue: BakedPolicies = { admission, modules }
mkdirSync(baked, { recursive: true })
writeFileSync(`${baked}catalogue.json`, JSON.stringify(catalogue))
