/** A binary heap of numbers by priority; equal priorities are popped in the order of their pushes. */
export const heap = () => {
  const items: Array<{ readonly priority: number; readonly age: number; readonly value: number }> = []
  let age = 0
  const before = (a: number, b: number) =>
    items[a]!.priority < items[b]!.priority ||
    (items[a]!.priority === items[b]!.priority && items[a]!.age < items[b]!.age)
  const swap = (a: number, b: number) => {
    ;[items[a], items[b]] = [items[b]!, items[a]!]
  }
  return {
    push: (priority: number, value: number) => {
      items.push({ priority, age: age++, value })
      for (let n = items.length - 1; n > 0;) {
        const parent = (n - 1) >> 1
        if (!before(n, parent)) break
        swap(n, parent)
        n = parent
      }
    },
    pop: (): number | undefined => {
      const top = items[0]
      const last = items.pop()
      if (top === undefined || items.length === 0) return top?.value
      items[0] = last!
      for (let n = 0; ;) {
        const least = [2 * n + 1, 2 * n + 2].filter((child) => child < items.length && before(child, n))
        if (least.length === 0) break
        const child = least.length === 2 && before(least[1]!, least[0]!) ? least[1]! : least[0]!
        swap(n, child)
        n = child
      }
      return top.value
    }
  }
}
