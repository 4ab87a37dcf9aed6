import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Lease from "#nats-server/data-folder/lease.ts"
import { steppedClock } from "#test/support/steppedClock.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const here = { host: "here", kernel: "kernel-1" }
const there = { host: "there", kernel: "kernel-2" }

const taken = (dataDir: string, machine: typeof here, kernelLocked = true, lines: Array<string> = []) =>
  Lease.acquireLease({
    dataDir,
    machine,
    kernelLocked,
    report: (line) => Effect.sync(() => void lines.push(line))
  })

/** Lets so many milliseconds pass, half a second at a time, and the files be read and written meanwhile. */
const pass = Effect.fnUntraced(function* (millis: number) {
  for (let spent = 0; spent < millis; spent += 500) {
    yield* TestClock.adjust(500)
    yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
  }
})

/** A lease in a scope of its own. */
const held = Effect.fnUntraced(function* (dataDir: string, machine: typeof here) {
  const scope = yield* Scope.make()
  const lease = yield* taken(dataDir, machine).pipe(Scope.provide(scope))
  const file = join(dataDir, "nats-server.lease")
  return { lease, file, scope }
})

/** A lease that nobody renews, as after a power cut: its file is there, its holder is not. `leave` puts the file back. */
const abandoned = Effect.fnUntraced(function* (dataDir: string) {
  const { file, scope } = yield* held(dataDir, here)
  const left = readFileSync(file, "utf8")
  yield* Scope.close(scope, Exit.void)
  const leave = Effect.sync(() => writeFileSync(file, left))
  yield* leave
  return { file, leave }
})

describe("a lease on a data folder", () => {
  it.effect("is renewed, and gone with its scope", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { file, scope } = yield* held(dataDir, here)
      const first = readFileSync(file, "utf8")
      yield* pass(3_000)
      assert.notStrictEqual(readFileSync(file, "utf8"), first)
      assert.lengthOf(readFileSync(file, "utf8"), first.length)
      yield* Scope.close(scope, Exit.void)
      assert.isFalse(existsSync(file))
    }).pipe(Effect.scoped)
  )

  it.effect("is refused to another machine while it is renewed, by change and not by its time", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { scope } = yield* held(dataDir, here)
      const lines: Array<string> = []
      const other = yield* Effect.forkChild(Effect.exit(Effect.scoped(taken(dataDir, there, true, lines))))
      yield* pass(4_000)
      const exit = yield* Fiber.join(other)
      assert.isTrue(Exit.isFailure(exit) && String(exit.cause).includes("LeaseHeld"))
      assert.match(lines[0] ?? "", /last used by an app on here that did not end by itself; waiting up to 15 s/u)
      yield* Scope.close(scope, Exit.void)
    }).pipe(Effect.scoped)
  )

  it.effect("goes to another machine once it was not renewed for 15 s", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { file } = yield* abandoned(dataDir)
      const other = yield* Effect.forkChild(
        Effect.exit(Effect.provideService(taken(dataDir, there), Scope.Scope, yield* Scope.Scope))
      )
      yield* pass(14_000)
      assert.include(readFileSync(file, "utf8"), `"host":"here"`)
      yield* pass(4_000)
      assert.isTrue(Exit.isSuccess(yield* Fiber.join(other)))
      assert.include(readFileSync(file, "utf8"), `"host":"there"`)
    }).pipe(Effect.scoped)
  )

  it.effect("does not go to another machine sooner because its clock is set forward by an hour", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { file } = yield* abandoned(dataDir)
      const { clock, step } = yield* steppedClock
      const lines: Array<string> = []
      yield* taken(dataDir, there, true, lines).pipe(Effect.provideService(Clock.Clock, clock), Effect.forkScoped)
      yield* pass(2_000)
      assert.lengthOf(lines, 1)
      yield* step(3_600_000)
      yield* pass(8_000)
      assert.include(readFileSync(file, "utf8"), `"host":"here"`)
    }).pipe(Effect.scoped)
  )

  it.effect("is lost to who took it over", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { lease } = yield* held(dataDir, here)
      const lost = yield* Effect.forkChild(Effect.flip(lease.lost))
      const file = join(dataDir, "nats-server.lease")
      const theirs = { token: "theirs", host: "there", kernel: "kernel-2", renewals: 1 }
      yield* Effect.sync(() => writeFileSync(file, JSON.stringify(theirs)))
      yield* pass(2_500)
      const error = yield* Fiber.join(lost)
      assert.include(error.message, "was taken over by an app on there")
    }).pipe(Effect.scoped)
  )

  it.effect("of an earlier run on this kernel is taken at once if the kernel's lock is held, else watched", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { leave } = yield* abandoned(dataDir)
      yield* Effect.scoped(taken(dataDir, here))
      yield* leave
      const lines: Array<string> = []
      const watching = yield* Effect.forkChild(Effect.scoped(taken(dataDir, here, false, lines)))
      yield* pass(1_000)
      assert.lengthOf(lines, 1)
      yield* pass(17_000)
      yield* Fiber.join(watching)
    }).pipe(Effect.scoped)
  )

  it.effect("that cannot be written is told, and done without only where the kernel's lock is held", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      mkdirSync(join(dataDir, "nats-server.lease"))
      const lines: Array<string> = []
      yield* Effect.scoped(taken(dataDir, here, true, lines))
      assert.match(lines[0] ?? "", /cannot be written \(.*EEXIST.*\); apps on other machines are not excluded/u)
      const error = yield* Effect.flip(Effect.scoped(taken(dataDir, here, false)))
      assert.include(error.host, "not known")
    }).pipe(Effect.scoped)
  )

  it.effect("goes to one of two machines that take it over at once", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      yield* abandoned(dataDir)
      const all = yield* Scope.Scope
      const attempts = yield* Effect.forEach(["a", "b", "c"], (host) =>
        Effect.forkChild(Effect.exit(Effect.provideService(taken(dataDir, { host, kernel: host }), Scope.Scope, all)))
      )
      yield* pass(18_000)
      const exits = yield* Effect.forEach(attempts, (attempt) => Fiber.join(attempt))
      assert.lengthOf(exits.filter(Exit.isSuccess), 1)
    }).pipe(Effect.scoped)
  )
})
