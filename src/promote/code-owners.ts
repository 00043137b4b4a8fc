import type { FileChange, TreeReader } from '../synth/tree.ts'

/** Where GitHub looks for the file, the first that is there. */
const CODE_OWNERS_FILES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS']

/**
 * Who is asked to look at changes: their owners, as the base of a pull request names them, and whom the spec names.
 *
 * @param stated `@person` and `@organisation/team`
 */
export function reviewersOf(
  base: TreeReader,
  changes: readonly FileChange[],
  stated: readonly string[],
): readonly string[] {
  const text = CODE_OWNERS_FILES.map(path => base.read(path)).find(found => found !== undefined)
  const paths = changes.map(({ path }) => path)
  return [...new Set([...(text === undefined ? [] : ownersOf(text, paths)), ...stated])].sort()
}

/**
 * The owners of paths, as `@person` and `@organisation/team`, sorted. Of each path, the last line that matches decides;
 * owners by mail address are left out, since nobody can be asked by one.
 *
 * @param text a CODEOWNERS file
 * @see https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export function ownersOf(text: string, paths: readonly string[]): readonly string[] {
  const lines = text
    .split(/\r?\n/)
    .map(line => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(line => line !== '')
    .map(line => line.split(/(?<!\\)\s+/))
    .map(([pattern = '', ...owners]) => ({ matches: matcherOf(pattern.replaceAll('\\ ', ' ')), owners }))
    .reverse()
  const owners = paths.flatMap(path => lines.find(({ matches }) => matches.test(path))?.owners ?? [])
  return [...new Set(owners.filter(owner => owner.startsWith('@')))].sort()
}

/**
 * A pattern as Git ignores files by it: with a slash before its end it begins at the root, else it matches at any depth;
 * what it names stands for everything below, but for a last `*`, which stays in its folder.
 */
function matcherOf(pattern: string): RegExp {
  const anchored = pattern.replace(/\/$/, '').includes('/')
  const body = pattern
    .replace(/^\/|\/$/g, '')
    .split('/')
    .map(segment => (segment === '**' ? '.*' : literal(segment)))
    .join('/')
    .replace(/^\.\*\//, '(?:.*/)?')
    .replaceAll('/.*/', '/(?:.*/)?')
  const below = pattern.endsWith('/') ? '/.*' : pattern.endsWith('/*') ? '' : '(?:/.*)?'
  return new RegExp(`^${anchored ? '' : '(?:.*/)?'}${body}${below}$`)
}

function literal(segment: string): string {
  return segment
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
}
