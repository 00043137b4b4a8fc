/**
 * What a page does besides being read: a pod that is pointed at keeps its own edges bright and dims the others; one that is chosen opens
 * what is said of it, below its picture; a link into an environment that is not shown shows it.
 */
export const SCRIPT = `
const reveal = () => {
  const part = document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest('.part')
  const button = part === null || part === undefined ? null : document.querySelector('.choice input[value="' + part.dataset.part + '"]')
  if (button === null || button.checked) return
  button.checked = true
  location.replace(location.hash)
}
addEventListener('hashchange', reveal)
reveal()
for (const picture of document.querySelectorAll('svg.picture')) {
  const nodes = [...picture.querySelectorAll('.node')]
  const edges = [...picture.querySelectorAll('.edge')]
  // Where the picture is broader than the screen, begin at what it is about; what is not shown yet waits until it is.
  const begin = () => {
    const canvas = picture.parentElement
    const frame = picture.querySelector('.frame rect')
    if (frame === null || canvas.scrollLeft > 0) return
    canvas.scrollLeft = frame.getBoundingClientRect().left - canvas.getBoundingClientRect().left - 12
  }
  begin()
  addEventListener('change', begin)
  addEventListener('toggle', begin, true)
  let chosen = ''
  const show = key => {
    picture.classList.toggle('pointed', key !== '')
    const near = new Set([key])
    for (const edge of edges) {
      const touches = edge.dataset.from === key || edge.dataset.to === key
      edge.classList.toggle('near', touches)
      if (touches) near.add(edge.dataset.from).add(edge.dataset.to)
    }
    for (const node of nodes) node.classList.toggle('near', near.has(node.dataset.key))
  }
  const storyOf = node => {
    const id = node.getAttribute('href')?.slice(1)
    return id === undefined ? null : document.getElementById(id).closest('details')
  }
  const choose = key => {
    chosen = key
    for (const node of nodes) {
      const isChosen = node.dataset.key === key
      node.classList.toggle('chosen', isChosen)
      const story = storyOf(node)
      if (story !== null && story.open !== isChosen) story.open = isChosen
    }
    show(key)
  }
  for (const node of nodes) {
    const { key } = node.dataset
    node.addEventListener('pointerenter', () => show(key))
    node.addEventListener('pointerleave', () => show(chosen))
    node.addEventListener('focus', () => show(key))
    node.addEventListener('blur', () => show(chosen))
    const story = storyOf(node)
    if (story === null) continue
    node.addEventListener('click', event => {
      event.preventDefault()
      choose(key)
      story.querySelector('summary').focus({ preventScroll: true })
      story.scrollIntoView({ block: 'nearest' })
    })
    story.addEventListener('toggle', () => {
      if (story.open && chosen !== key) choose(key)
      else if (!story.open && chosen === key) choose('')
    })
    story.addEventListener('keydown', event => {
      if (event.key !== 'Escape') return
      choose('')
      node.focus()
    })
  }
}
`
