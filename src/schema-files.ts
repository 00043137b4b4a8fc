import { readFileSync } from 'node:fs'
import type { Catalogue, SchemaFiles } from './schema/registry.ts'
import type { Definitions } from './schema/schema.ts'

/** The schemas that the build laid beside the compiled code: the catalogue at once, each group when it is asked for. */
export function builtSchemas(): SchemaFiles {
  return {
    catalogue: read('catalogue') as Catalogue,
    load: file => read(file) as Definitions,
  }
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./schema/kinds/${name}.json`, import.meta.url), 'utf8'))
}
