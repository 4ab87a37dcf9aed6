import { assert, describe, it } from "@effect/vitest"
import { InvoiceCreated } from "#examples/courses/domain/invoice/InvoiceCreated.ts"
import { ProductOrdered } from "#examples/courses/domain/order/ProductOrdered.ts"
import { ProductsOrdered } from "#examples/courses/domain/order/ProductsOrdered.ts"
import { OrderPlaced } from "#examples/courses/domain/placement/OrderPlaced.ts"
import { ProductDefined } from "#examples/courses/domain/product/ProductDefined.ts"
import { ProductPriceChanged } from "#examples/courses/domain/product/ProductPriceChanged.ts"
import { AccountClosed } from "#examples/courses/domain/username/AccountClosed.ts"
import { AccountRegistered } from "#examples/courses/domain/username/AccountRegistered.ts"
import { UsernameChanged } from "#examples/courses/domain/username/UsernameChanged.ts"
import { UsernameReleased } from "#examples/courses/domain/username/UsernameReleased.ts"
import { courseExamples } from "#examples/courses/index.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { boardEvidence } from "#test/support/boardEvidence.ts"
import { EvidenceIndex } from "../../chaos/checker/Evidence.ts"
import { coursesInvariants } from "../../chaos/load/courses/coursesInvariants.ts"

const { evidenceOf } = boardEvidence(courseExamples)
const now = "2026-01-01T00:00:00.000Z"
const [product, other] = [{ id: "p1" }, { id: "p2" }]
const order = (n: number) => ({ id: `o${n}` })

const registered = (username: string) => new AccountRegistered({ username })
const closed = (username: string) => new AccountClosed({ username, closedAt: now })
const renamed = (oldUsername: string, newUsername: string) => [
  new UsernameReleased({ username: oldUsername, newUsername, releasedAt: now }),
  new UsernameChanged({ username: newUsername, oldUsername })
]
const defined = new ProductDefined({ product, price: 1, definedAt: now })
const repriced = new ProductPriceChanged({ product, newPrice: 2, changedAt: now })
const ordered = (n: number, price: number) => new ProductOrdered({ order: order(n), product, price })
const placed = (n: number, idempotencyToken: string) => new OrderPlaced({ order: order(n), idempotencyToken })
const invoiced = (invoiceNumber: number) => new InvoiceCreated({ invoiceNumber, invoiceData: {} })

const violatedBy = (events: ReadonlyArray<DomainEvent>) => {
  const steps = events.map((event, n) => ({ key: `k${n}`, command: "Any", input: {}, events: [event] }))
  const index = new EvidenceIndex(evidenceOf(steps))
  return coursesInvariants.flatMap((invariant) => invariant.check(index).map(() => invariant.name))
}

const violatingCases: Readonly<Record<string, readonly [invariant: string, events: ReadonlyArray<DomainEvent>]>> = {
  "a name that two accounts have": ["C2", [registered("ann"), registered("ann")]],
  "a name that is taken by a change": ["C2", [registered("ann"), registered("bob"), ...renamed("bob", "ann")]],
  "a name that is given again at once": ["C2", [registered("ann"), closed("ann"), registered("ann")]],
  "a name that is given up twice": ["C2", [registered("ann"), closed("ann"), closed("ann")]],
  "a name that is given up by nobody": ["C2", renamed("ann", "bob")],
  "an order that is placed twice": ["C3", [defined, ordered(1, 1), placed(1, "a")]],
  "a token that is used twice": ["C3", [placed(1, "a"), placed(2, "a")]],
  "a price before it counts": ["C3", [defined, ordered(1, 2), repriced]],
  "the price of another product": [
    "C3",
    [
      defined,
      new ProductsOrdered({
        order: order(1),
        items: [
          { product, price: 1 },
          { product: other, price: 1 }
        ]
      })
    ]
  ],
  "an invoice number that is missing": ["C4", [invoiced(1), invoiced(3)]],
  "an invoice number that is used twice": ["C4", [invoiced(1), invoiced(1)]]
}

describe("The invariants of the courses", () => {
  it("hold for valid events", () => {
    const names = [registered("ann"), ...renamed("ann", "eve"), closed("eve"), registered("bob")]
    const orders = [defined, ordered(1, 1), repriced, ordered(2, 2), ordered(3, 1), placed(4, "a"), placed(5, "b")]
    assert.deepStrictEqual(violatedBy([...names, ...orders, invoiced(1), invoiced(2)]), [])
  })

  for (const [what, [invariant, events]] of Object.entries(violatingCases)) {
    it(`find ${what} (${invariant})`, () => {
      assert.deepStrictEqual(violatedBy(events), [invariant])
    })
  }
})
