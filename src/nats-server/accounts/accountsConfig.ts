import type { Board } from "#domain/model/index.ts"
import { sharedRows } from "#layers/buckets/rowSubjects.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { type Account, accountBlock, list, userBlock } from "./accountBlock.ts"
import { browserLimits, hotelLimits, smallLimits } from "./accountLimits.ts"
import { browserExports, browserImports, quoted } from "./browserBlocks.ts"
import { browser, callout, operations, partner, type Role, service, system } from "./users.ts"

/** What the accounts are made of. */
export interface Accounts {
  readonly board: Board.Any
  readonly hotels: ReadonlyArray<string>
  /** The buckets that browsers read. Without any, there are no accounts for browsers. */
  readonly buckets: ReadonlyArray<string>
  readonly replicas: number
  /** Bytes for each hotel; by default what its streams may hold. */
  readonly maxStore?: number
  /** Connections of a hotel's app and operators, and of its browsers. */
  readonly connections: number
  readonly browsers: number
  /** The public key of the issuer of browser sessions; without one there are none. */
  readonly issuer?: string
}

/** The public key of a user of a hotel, or of the server if `hotel` is undefined. */
export type PublicKeys = (role: Role, hotel?: string) => string

// A hotel's name has neither `_` nor a colon, so no two accounts share a name.
export const hotelAccount = (hotel: string): string => `hotel-${hotel}`
export const browserAccount = (hotel: string): string => `${hotelAccount(hotel)}_browsers`
export const partnerAccount = "partner"
const systemAccount = "SYS"
const calloutAccount = "AUTH"

/** The account of a hotel's streams: the app, operators, and what other accounts may have of it. */
const ownAccount = (accounts: Accounts, keys: PublicKeys, hotel: string): Account => {
  const { board, buckets, connections, maxStore, replicas } = accounts
  const browsers = quoted(browserAccount(hotel))
  return {
    name: hotelAccount(hotel),
    why: `The hotel ${hotel}: its app, and those who operate it.`,
    limits: hotelLimits(board, { connections, replicas, ...(maxStore !== undefined && { maxStore }) }),
    users: [service(board), operations(board)].map((user) => userBlock(user, keys(user.role, hotel))),
    exports: [
      ...board.lanes.map(
        (lane) => `{ stream: ${quoted(Subject.publishedFilter(lane))}, accounts: [${partnerAccount}] }`
      ),
      ...browserExports(browsers, sharedRows(board, buckets))
    ]
  }
}

const accountOfBrowsers = ({ board, browsers, buckets }: Accounts, keys: PublicKeys, hotel: string): Account => ({
  name: browserAccount(hotel),
  why: "Its browsers. An account of their own: the server does not check where the answer to a request goes.",
  limits: browserLimits(buckets, browsers),
  users: [userBlock(browser(board, buckets), keys("browser", hotel))],
  imports: browserImports(quoted(hotelAccount(hotel)), sharedRows(board, buckets))
})

const hotelAccounts = (accounts: Accounts, keys: PublicKeys) => (hotel: string) => [
  ownAccount(accounts, keys, hotel),
  ...(accounts.buckets.length > 0 ? [accountOfBrowsers(accounts, keys, hotel)] : [])
]

const sharedAccounts = ({ board, hotels, issuer }: Accounts, keys: PublicKeys): ReadonlyArray<Account> => {
  const subscriber = partner(board, hotels)
  return [
    {
      name: partnerAccount,
      why: "Partners: the lanes of all hotels, each below its hotel's name, and nothing else.",
      limits: smallLimits(subscriber.subscribe.length + 4),
      users: [userBlock(subscriber, keys("partner"))],
      imports: hotels.flatMap((hotel) =>
        board.lanes.map(
          (lane) =>
            `{ stream: { account: ${quoted(hotelAccount(hotel))}, subject: ${quoted(Subject.publishedFilter(lane))} }, prefix: ${quoted(hotel)} }`
        )
      )
    },
    { name: systemAccount, why: "The server itself.", users: [userBlock(system, keys("system"))] },
    ...(issuer === undefined
      ? []
      : [
          {
            name: calloutAccount,
            why: "Decides about browser sessions.",
            limits: smallLimits(8),
            users: [userBlock(callout, keys("callout"))]
          }
        ])
  ]
}

/** The app is not asked about users of the configuration, but about all other clients. */
const authorizationBlock = ({ hotels }: Accounts, keys: PublicKeys, issuer: string) => {
  const ofHotels = hotels.flatMap((hotel) =>
    (["service", "operations", "browser"] as const).map((role) => keys(role, hotel))
  )
  const users = [...ofHotels, keys("partner"), keys("system"), keys("callout")]
  return `authorization {
  auth_callout {
    issuer: ${issuer}
    account: ${calloutAccount}
    auth_users: ${list(users, "    ")}
  }
}`
}

/** The text of `accounts.conf`: accounts, users and permissions, for any server that includes it. */
export const renderAccounts = (accounts: Accounts, keys: PublicKeys): string => {
  const all = [...accounts.hotels.flatMap(hotelAccounts(accounts, keys)), ...sharedAccounts(accounts, keys)]
  return [
    "# Written by npm run nats-config from the board; docs/accounts.md explains it. Run it again instead of editing this file.",
    `accounts {\n${all.map(accountBlock).join("\n")}\n}`,
    `system_account: ${systemAccount}`,
    ...(accounts.issuer === undefined ? [] : [authorizationBlock(accounts, keys, accounts.issuer)]),
    ""
  ].join("\n")
}
