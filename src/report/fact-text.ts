import type { Fact } from '../analysis/reach-edge.ts'

/** One line for each fact, with the file and line that it rests on. */
export function factLines(facts: readonly Fact[]): readonly string[] {
  return facts.map(fact => `  ${factLine(fact)}`)
}

export function factLine({ message, place }: Fact): string {
  if (place === undefined) return message
  const { line } = place.source.range(place.at).start
  return `${place.source.file}:${line}: ${message}`
}
