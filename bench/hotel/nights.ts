import type { Night } from "#domain/values.ts"

export interface Booking {
  readonly room: { readonly id: number }
  readonly client: { readonly id: number }
  readonly date: Night
}

const firstDayMillis = Date.UTC(1900, 0, 1)
const dayMillis = 86_400_000

/** The nights from 1900 to 2099. */
const nights = Array.from(
  { length: 73_049 },
  (_, n) => new Date(firstDayMillis + n * dayMillis).toISOString().slice(0, 10) as Night
)

/** The n-th room-night: all nights of room 1, then those of room 2, and so on. */
export const bookingOf = (n: number): Booking => ({
  room: { id: 1 + Math.floor(n / nights.length) },
  client: { id: 1 + (n % 1000) },
  date: nights[n % nights.length]!
})

const staysPerRoom = Math.floor(nights.length / 2)

/** Allocates unused stays of two adjacent nights in one room. */
export class Stays {
  #next = 0
  readonly #end: number

  constructor(rooms: number) {
    this.#end = rooms * staysPerRoom
  }

  take(count: number): ReadonlyArray<readonly [Booking, Booking]> {
    const from = this.#next
    this.#next += count
    if (this.#next > this.#end) throw new Error(`no more than ${this.#end} stays were prepared`)
    return Array.from({ length: count }, (_, n) => {
      const stay = from + n
      const first = Math.floor(stay / staysPerRoom) * nights.length + 2 * (stay % staysPerRoom)
      return [bookingOf(first), bookingOf(first + 1)]
    })
  }
}

/** Allocates unused room-nights. */
export class Nights {
  #next: number
  readonly #end: number

  constructor(from: number, rooms: number) {
    this.#next = from
    this.#end = rooms * nights.length
  }

  range(count: number): number {
    const from = this.#next
    this.#next += count
    if (this.#next > this.#end) throw new Error(`no more than ${this.#end} room-nights were prepared`)
    return from
  }

  take(count: number): ReadonlyArray<Booking> {
    const from = this.range(count)
    return Array.from({ length: count }, (_, n) => bookingOf(from + n))
  }
}
