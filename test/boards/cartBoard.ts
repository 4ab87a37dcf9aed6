import { DateTime, Schema } from "effect"
import { Actor, Board, Boundary, Command, Generated, Lane, Projection, Read, Slice } from "#domain/model/index.ts"

// A board whose commands make ids and a secret, and decide by the time and by who asks.

const Uuid = Schema.String.check(Schema.isPattern(/^[0-9a-f-]{36}$/u))
export const Cart = Schema.Struct({ id: Uuid })
const Customer = Schema.Struct({ id: Schema.String.check(Schema.isPattern(/^[a-z]{1,20}$/u)) })
export const CartBoundary = Boundary.make({ name: "cart", key: { cart: Cart } })

export class CartOpened extends Schema.TaggedClass<CartOpened>()("CartOpened", {
  cart: Cart,
  customer: Customer,
  receipt: Schema.String,
  link: Schema.String,
  until: Schema.String
}) {}
export class NotYourself extends Schema.TaggedClass<NotYourself>()("NotYourself", { customer: Customer }) {}

const Opened = Projection.make({
  name: "Opened",
  reads: [CartOpened],
  state: Schema.Boolean,
  initial: false,
  evolve: { CartOpened: () => true }
})

export const OpenCart = Command.make({
  name: "OpenCart",
  input: Schema.Struct({ cart: Generated.make(Cart), customer: Customer }),
  guards: { isOpen: Read.one(Opened, CartBoundary) },
  emits: [CartOpened],
  rejects: [NotYourself],
  decide: ({ isOpen }, { cart, customer }, { actor, ids, now }) => {
    const { customer: claimed = customer.id } = actor.claims
    if (claimed !== customer.id) return new NotYourself({ customer })
    if (isOpen) return []
    const until = DateTime.formatIso(DateTime.add(now, { minutes: 30 }))
    return [new CartOpened({ cart, customer, receipt: ids.id("receipt"), link: ids.secret("link"), until })]
  }
})

const cart = { id: "11111111-1111-4111-8111-111111111111" }
const customer = { id: "ann" }

const openCart = Slice.command({
  title: "A customer opens a cart",
  rules: ["the cart has an id and a link", "a customer opens carts only for themself"],
  by: Actor.make("Customer").puts("/carts", "Shop"),
  command: OpenCart,
  scenarios: {
    "the cart has an id and a link": {
      given: [],
      when: { customer },
      at: "2027-03-01T18:00:00Z",
      ids: { cart: cart.id, receipt: "r1", link: "secret" },
      then: [new CartOpened({ cart, customer, receipt: "r1", link: "secret", until: "2027-03-01T18:30:00.000Z" })]
    },
    "a customer opens carts only for themself": {
      given: [],
      when: { customer },
      by: { name: "Customer", claims: { customer: "bob" } },
      ids: { cart: cart.id },
      then: new NotYourself({ customer })
    }
  }
})

export const shop = Board.make({
  name: "shop",
  title: "Shop",
  lanes: [
    Lane.make({
      title: "Carts",
      name: "shop-carts",
      prefix: "carts",
      boundary: CartBoundary,
      events: [CartOpened],
      retention: { maxBytes: "64 MiB" }
    })
  ],
  slices: [openCart],
  log: { maxBytes: "256 MiB" },
  audit: { maxBytes: "64 MiB" }
})
