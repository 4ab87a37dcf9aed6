/** How many events one answer may read. */
export class ScanBudget {
  #left: number

  constructor(events: number) {
    this.#left = events
  }

  spend(events: number): void {
    this.#left -= events
  }

  get isSpent(): boolean {
    return this.#left <= 0
  }
}
