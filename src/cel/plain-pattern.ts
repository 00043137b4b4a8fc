/** A character that stands for itself in RE2 and in JavaScript alike. */
const LITERAL = /[A-Za-z0-9_@:%=~,;!"'#&<> /-]|\\[.\\/*+?()[\]{}^$|]/.source
/** A class of ASCII characters and ranges of letters or digits; a dash that means itself stands at an end. */
const MEMBER = /[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]|[A-Za-z0-9_.@:/+=~,;!%]/.source
const CLASS = `\\[\\^?-?(?:${MEMBER})+-?\\]`
const COUNT = /[*+?]|\{\d{1,3}(?:,\d{0,3})?\}/.source
const ATOM = `(?:${CLASS}|${LITERAL})(?:${COUNT})?`
const GROUP = `\\((?:\\?:)?(?:${ATOM})+(?:\\|(?:${ATOM})+)*\\)\\??`
const PLAIN = new RegExp(`^\\^?(?:${ATOM}|${GROUP})+\\$?$`)

const CLASSES_AND_ESCAPES = /\\.|\[[^\]]*\]/g
const ENDLESS = /[*+]|\{\d+,\}/g
const CHOICES = /[*+?]|\{\d+,\d*\}|\|/g
const MOST_CHOICES = 4

/** The longest text, in UTF-16 code units, that a plain pattern is tried on: backtracking takes up to its cube. */
export const LONGEST_PLAIN_TEXT = 256

/**
 * The pattern as a JavaScript expression, for patterns that mean the same to RE2 and that do not take long on short texts:
 * RE2 in JavaScript takes longer to be loaded and compiled than a file to be linted. `undefined` for every other pattern,
 * among them those that do not compile.
 */
export function plainPattern(pattern: string): RegExp | undefined {
  if (!PLAIN.test(pattern)) return undefined
  const structure = pattern.replace(CLASSES_AND_ESCAPES, '.').replaceAll('(?:', '(')
  const endless = structure.match(ENDLESS)?.length ?? 0
  const choices = structure.match(CHOICES)?.length ?? 0
  if (choices > MOST_CHOICES || endless > (structure.startsWith('^') ? 2 : 1)) return undefined
  const counts = [...structure.matchAll(/\{(\d+),(\d+)\}/g)]
  const ranges = [...pattern.matchAll(/([A-Za-z0-9])-([A-Za-z0-9])/g)]
  const isBackward =
    counts.some(([, least, most]) => Number(least) > Number(most)) || ranges.some(([, from = '', to = '']) => from > to)
  return isBackward ? undefined : new RegExp(pattern, 'u')
}
