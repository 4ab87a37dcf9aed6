/** A link of the HTML page: the code knows no page of any board. */
export interface PageLink {
  readonly href: string
  readonly text: string
}

/** Takes the links out of the page: those that are left for this board. */
export const takePageLinks = (): ReadonlyArray<PageLink> => {
  const nav = document.getElementById("elsewhere")!
  nav.remove()
  return Array.from(nav.querySelectorAll("a"), (link) => ({
    href: link.getAttribute("href")!,
    text: link.textContent
  }))
}

/** Whether the browser's user may open a page: the server leads to sign-in otherwise. */
export const mayOpen = async (href: string): Promise<boolean> => {
  try {
    return (await fetch(href, { method: "HEAD", redirect: "manual" })).ok
  } catch {
    return false
  }
}

/** The links that the browser's user may open. */
export const openable = async (links: ReadonlyArray<PageLink>): Promise<ReadonlyArray<PageLink>> => {
  const may = await Promise.all(links.map(({ href }) => mayOpen(href)))
  return links.filter((_, n) => may[n])
}
