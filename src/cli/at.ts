import { Option } from 'commander'
import { instant } from '../clock.ts'
import { inputError } from '../spec/problem.ts'

/** `--at`: what would be so at another time than now. */
export function atOption(): Option {
  return new Option('--at <instant>', 'as if it were then: 2026-12-01T09:00:00Z, or a day')
}

/** The instant that `--at` names, or now, in seconds since 1970. @throws InputError when it names none */
export function instantOf(text: string | undefined): number {
  const at = instant(text)
  if (at === undefined) throw inputError('--at', `"${text}" is no instant`, 'write one as 2026-12-01T09:00:00Z')
  return at
}
