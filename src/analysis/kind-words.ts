/** A kind as messages name it: `deployment`, `persistent volume claim`, `http route`. */
export function kindWords(kind: string): string {
  return kind.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ').toLowerCase()
}
