/** The texts of pages by their path below `templates/`: `runbooks/restore.md`. */
export type Templates = ReadonlyMap<string, string>

const PLACEHOLDER = /\{\{([a-z_]+)\}\}/g

/** The names that a template asks to be filled in. */
export function placeholdersOf(template: string): Set<string> {
  return new Set([...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name))
}

/**
 * A page with every placeholder filled in, ending in one line feed; where a value is empty, no gap is left.
 *
 * @throws Error when there is no such template, or a placeholder has no value: a fault of this program, never of the spec
 */
export function fill(templates: Templates, name: string, values: Readonly<Record<string, string>>): string {
  const template = templates.get(name)
  if (template === undefined) throw new Error(`there is no template "${name}"`)
  const filled = template.replace(PLACEHOLDER, (_, placeholder: string) => {
    const value = values[placeholder]
    if (value === undefined) throw new Error(`nothing fills "${placeholder}" in the template "${name}"`)
    return value
  })
  return `${filled.replace(/\n{3,}/g, '\n\n').trimEnd()}\n`
}
