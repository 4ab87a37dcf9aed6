/** Counts what each client address holds: connections, event streams. An address that holds none takes no memory. */
export const addressCounts = () => {
  const counts = new Map<string, number>()
  return {
    of: (address: string): number => counts.get(address) ?? 0,
    add: (address: string): void => void counts.set(address, (counts.get(address) ?? 0) + 1),
    remove: (address: string): void => {
      const left = counts.get(address)! - 1
      if (left > 0) counts.set(address, left)
      else counts.delete(address)
    }
  }
}
