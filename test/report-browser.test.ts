import { cpSync, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as report from '../src/cli/report.ts'
import * as synth from '../src/cli/synth.ts'
import { type Repository, repository } from './repository-fixture.ts'

const test = suite('the report in a browser')

const chromium = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  .flatMap(name => (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, name)))
  .find(existsSync)

const NORTHWIND = fileURLToPath(new URL('../../templates/platforms/northwind/', import.meta.url))
const WIDTHS = [375, 768, 1440] as const
const SCHEMES = ['light', 'dark'] as const

let repo: Repository
let browser: Browser
let url: string

async function opened(
  width: number,
  colorScheme: (typeof SCHEMES)[number],
  visit: (page: Page) => Promise<void>,
  javaScriptEnabled = true,
): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled })
  try {
    const page = await context.newPage()
    await page.goto(url)
    await visit(page)
  } finally {
    await context.close()
  }
}

if (chromium === undefined) {
  console.log('skipped: the report in a browser: no chromium or chrome is in PATH')
  test.skip('the report reads well in a browser')
} else {
  test.before(async () => {
    repo = repository({})
    cpSync(NORTHWIND, repo.root, { recursive: true })
    await repo.run(synth, [], {})
    // Something to find, so that every kind of text is on the page.
    repo.write(
      'environments/dev/acme-retail/acme-retail-dev-app/networkpolicy.open.yaml',
      `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: acme-retail-dev-data}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}]}]}
`,
    )
    repo.write(
      'waivers.yaml',
      `apiVersion: waybill.dev/v1alpha1
kind: Waivers
waivers:
  - {policy: image-tag, target: {kind: Deployment}, reason: the vendor signs none, owner: tomas, expires: 2027-03-01}
  - {policy: image-digest, target: {kind: Deployment}, reason: the same, owner: tomas, expires: 2027-03-20}
`,
    )
    await repo.run(report, [])
    url = pathToFileURL(join(repo.root, 'report.html')).href
    const { chromium: driver } = await import('playwright-core')
    browser = await driver.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] })
  })
  test.after(async () => {
    await browser?.close()
    repo?.dispose()
  })

  test('nothing is loaded but the file itself, and the console stays empty', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    const heard: string[] = []
    page.on('request', request => heard.push(`request ${request.url()}`))
    page.on('console', message => heard.push(`console ${message.text()}`))
    page.on('pageerror', error => heard.push(`error ${error.message}`))
    await page.goto(url)
    for (const name of ['dev', 'staging', 'production']) {
      await page.getByRole('radio', { name }).check()
      await page.locator('.part:visible a.node').first().click()
    }
    assert.equal(heard, [`request ${url}`])
    // What stands in the page could not load anything either.
    const refused = await page.evaluate(`new Promise(resolve => {
      const image = new Image()
      image.onerror = () => resolve('refused')
      image.onload = () => resolve('loaded')
      image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='
    })`)
    assert.is(refused, 'refused')
    await context.close()
  })

  for (const width of WIDTHS) {
    test(`nothing is broader than a screen of ${width} pixels, whichever environment is shown`, async () => {
      await opened(
        width,
        'light',
        async page => {
          for (const name of ['dev', 'staging', 'production']) {
            await page.getByRole('radio', { name }).check()
            await page.evaluate(OPEN_ALL)
            const beyond = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
            assert.is(await page.evaluate(beyond), 0, name)
          }
        },
        false,
      )
    })
  }

  test('one environment is shown at a time, the arrow keys choose, and a link into another one shows it', async () => {
    await opened(1440, 'light', async page => {
      const shown = () => page.locator('.part:visible h2').allTextContents()
      assert.equal(await shown(), ['dev'])
      await page.getByRole('radio', { name: 'dev' }).focus()
      await page.keyboard.press('ArrowRight')
      assert.equal(await shown(), ['staging'])
      await page.evaluate(`location.hash = '#production.budget'`)
      await page.waitForFunction(`document.querySelector('input[value="2"]').checked`)
      assert.equal(await shown(), ['production'])
    })
  })

  test('the keyboard reaches a pod and opens what is said of it, and Escape leads back', async () => {
    await opened(1440, 'light', async page => {
      const focused = () => page.evaluate<string>(FOCUSED)
      await page.keyboard.press('Tab')
      assert.is(await focused(), 'a.skip: Skip to the content')
      assert.ok((await page.locator('.skip').boundingBox())?.x !== undefined)
      assert.ok(((await page.locator('.skip').boundingBox())?.x ?? -1) >= 0, 'it is seen as soon as it has the focus')
      await page.keyboard.press('Enter')
      let steps = 0
      while (!(await focused()).startsWith('a.node')) {
        await page.keyboard.press('Tab')
        steps += 1
        assert.ok(steps < 40, 'a pod is reached within forty steps')
      }
      const pod = await focused()
      const stroke = await page.evaluate(`getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth`)
      assert.is(stroke, '2.4px', 'the focus is seen')
      await page.keyboard.press('Enter')
      assert.is(await page.locator('details.pod[open]').count(), 1)
      assert.match(await focused(), /^summary/)
      assert.match(await page.locator('details.pod[open] .story').innerText(), /Who reaches it/)
      assert.match(await page.locator('details.pod[open] .story').innerText(), /networkpolicy\.[\w-]+\.yaml:\d+/)
      await page.keyboard.press('Escape')
      assert.is(await page.locator('details.pod[open]').count(), 0)
      assert.is(await focused(), pod)
    })
  })

  test('whatever takes the focus shows that it has it', async () => {
    await opened(768, 'dark', async page => {
      const without: string[] = []
      for (let step = 0; step < 60; step++) {
        await page.keyboard.press('Tab')
        const told = await page.evaluate<string>(UNSEEN_FOCUS)
        if (told !== '') without.push(told)
      }
      assert.equal(without, [])
    })
  })

  test('those who share servers are no trespassers, and neither are the servers to them', async () => {
    await opened(1440, 'light', async page => {
      const servers = page.locator('.part:visible figure', { hasText: 'baltic-dist' }).locator('g.node')
      assert.ok((await servers.allTextContents()).some(text => text.includes('platform: database')))
      assert.is(await page.locator('.part:visible .node.trespasser').count(), 0)
    })
  })

  test('a pod that is chosen with the mouse opens its story alone, and dims what it has nothing to do with', async () => {
    await opened(1440, 'light', async page => {
      await page.locator('.part:visible a.node:has-text("web")').first().click()
      await page.locator('.part:visible a.node:has-text("sessions")').first().click()
      assert.equal(await page.locator('details.pod[open] .name').allTextContents(), ['sessions'])
      assert.ok((await page.locator('.part:visible .edge.near').count()) > 0)
      assert.ok((await page.locator('.part:visible .edge:not(.near)').count()) > 0)
    })
  })

  test('without script every table is there, environments can be chosen, and a pod leads to its story', async () => {
    await opened(
      1440,
      'light',
      async page => {
        for (const title of ['Pods that stay ready', 'Database connections', 'Revisions by environment']) {
          assert.ok(
            await page
              .getByRole('table')
              .and(page.locator(`[aria-label="${title}"] table`))
              .first()
              .isVisible(),
          )
        }
        await page.getByRole('radio', { name: 'production' }).check()
        assert.equal(await page.locator('.part:visible h2').allTextContents(), ['production'])
        await page.locator('.part:visible a.node').first().click()
        assert.is(await page.locator('details.pod[open]').count(), 1)
      },
      false,
    )
  })

  for (const scheme of SCHEMES) {
    test(`every text has the contrast of level AA on its ground, ${scheme}`, async () => {
      await opened(
        1440,
        scheme,
        async page => {
          await page.evaluate(OPEN_ALL)
          const { dark, measured, low } = await page.evaluate<Contrasts>(CONTRASTS)
          assert.is(dark, scheme === 'dark')
          assert.ok(measured > 1000, `${measured} texts`)
          assert.equal(low, [])
        },
        false,
      )
    })
  }
}

/** Without script, since that closes the others. This and what follows runs in the page, where there are types of another world. */
const OPEN_ALL = `for (const pod of document.querySelectorAll('details')) pod.open = true`

/** What has the focus, in few words. */
const FOCUSED = `(() => {
  const element = document.activeElement
  const text = element.textContent.trim().slice(0, 30)
  return element.tagName.toLowerCase() + '.' + (element.getAttribute('class') ?? '') + ': ' + text
})()`

/** The beginning of what has the focus if nothing shows it. */
const UNSEEN_FOCUS = `(() => {
  const element = document.activeElement
  if (element === document.body) return ''
  const marked = [element, element.nextElementSibling, element.querySelector('rect')].filter(each => each !== null)
  const isSeen = marked.some(each => {
    const { outlineStyle, outlineWidth, strokeWidth } = getComputedStyle(each)
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || strokeWidth === '2.4px'
  })
  return isSeen ? '' : element.outerHTML.slice(0, 80)
})()`

interface Contrasts {
  readonly dark: boolean
  /** How many texts are seen. */
  readonly measured: number
  /** Those below 4.5 to 1, or 3 to 1 where they are large. */
  readonly low: readonly string[]
}

/** The contrast of each text that is seen, by the formula of WCAG 2.2. */
const CONTRASTS = `(() => {
  const channels = color => (color.match(/[\\d.]+/g) ?? []).map(Number)
  const luminance = color => {
    const [red, green, blue] = channels(color).map(value => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const isClear = color => color === 'none' || channels(color)[3] === 0
  const groundOf = element => {
    const rect = element.closest('.node, .frame')?.querySelector('rect')
    if (rect) return getComputedStyle(rect).fill
    for (let at = element; at !== null; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at)
      if (!isClear(backgroundColor)) return backgroundColor
    }
    return 'rgb(255, 255, 255)'
  }
  const low = []
  let measured = 0
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].filter(node => node.nodeType === 3 && node.textContent.trim() !== '')
    if (own.length === 0 || !element.checkVisibility() || element.matches('script, style, title')) continue
    const style = getComputedStyle(element)
    const color = element instanceof SVGElement ? style.fill : style.color
    const [bright, dim] = [luminance(color), luminance(groundOf(element))].sort((a, b) => b - a)
    const size = parseFloat(style.fontSize)
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
    const contrast = (bright + 0.05) / (dim + 0.05)
    measured += 1
    if (contrast < (isLarge ? 3 : 4.5)) low.push(contrast.toFixed(2) + ' ' + element.outerHTML.slice(0, 90))
  }
  return { dark: luminance(getComputedStyle(document.body).backgroundColor) < 0.1, measured, low }
})()`

test.run()
