/**
 * A map for values that come and go quickly, as requests do. A `Map` whose keys change has to replace its table now and then,
 * and V8 links each old table, with the values of that moment, to the next one. As soon as one table is old enough for the
 * old generation, all values after it are kept until a full collection, and each minor one copies them (decision 0026). This
 * map keeps each value in a box, which it empties when the value is removed.
 */
export class TransientMap<K, V> {
  readonly #boxes = new Map<K, { value: V | undefined }>()

  get size(): number {
    return this.#boxes.size
  }

  get(key: K): V | undefined {
    return this.#boxes.get(key)?.value
  }

  /** Adds a value under a new key. */
  add(key: K, value: V): void {
    this.#boxes.set(key, { value })
  }

  delete(key: K): void {
    const box = this.#boxes.get(key)
    if (!box) return
    box.value = undefined
    this.#boxes.delete(key)
  }

  *[Symbol.iterator](): IterableIterator<[K, V]> {
    for (const [key, { value }] of this.#boxes) yield [key, value!]
  }
}
