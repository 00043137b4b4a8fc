import { odooOf } from '../../src/analysis/odoo.ts'
import { definePolicy } from '../../src/lint/policy.ts'

export default definePolicy({
  title: 'the word "gevent" comes first after the program',
  fix: 'start the websocket process as "odoo gevent", with all flags after the two words',
  severity: 'error',
  *check(index) {
    for (const { main, container, command, image, activity } of odooOf(index)) {
      const misplaced = main.positional.find(
        ({ text }, nth) => text === 'gevent' && (nth > 0 || main.words[0]?.text !== 'gevent'),
      )
      if (misplaced !== undefined && activity !== 'websocket') {
        yield {
          ...misplaced.place,
          message: `container "${container.name}" has "gevent" after other arguments, where Odoo ignores it, so an ordinary web server starts and live connections end nowhere`,
        }
      }
      const [first] = main.words
      const isAlone =
        command.entrypoint && image.style === 'official' && first?.text === 'gevent' && first.place.at.at(-1) === 0
      if (isAlone) {
        yield {
          ...first.place,
          message: `container "${container.name}" starts with "gevent", which the entrypoint of the image takes for a program, so the container ends with "command not found"`,
        }
      }
    }
  },
})
