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

const acquire = (dataDir: string, machine: typeof here, kernelLocked = true, lines: Array<string> = []) =>
  Lease.acquireLease({
    dataDir,
    machine,
    kernelLocked,
    report: (line) => Effect.sync(() => void lines.push(line))
  })

/** Advances the clock in steps of half a second, with time for file accesses in between. */
const pass = Effect.fnUntraced(function* (millis: number) {
  for (let spent = 0; spent < millis; spent += 500) {
    yield* TestClock.adjust(500)
    yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
  }
})

/** Acquires a lease in its own scope. */
const acquireScoped = Effect.fnUntraced(function* (dataDir: string, machine: typeof here) {
  const scope = yield* Scope.make()
  const lease = yield* acquire(dataDir, machine).pipe(Scope.provide(scope))
  const file = join(dataDir, "nats-server.lease")
  return { lease, file, scope }
})

/** A lease that is not renewed, as after a power cut: the file without its holder. `leave` restores the file. */
const abandoned = Effect.fnUntraced(function* (dataDir: string) {
  const { file, scope } = yield* acquireScoped(dataDir, here)
  const left = readFileSync(file, "utf8")
  yield* Scope.close(scope, Exit.void)
  const leave = Effect.sync(() => writeFileSync(file, left))
  yield* leave
  return { file, leave }
})

describe("a lease on a data folder", () => {
  it.effect("is renewed, and removed with its scope", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { file, scope } = yield* acquireScoped(dataDir, here)
      const first = readFileSync(file, "utf8")
      yield* pass(3_000)
      assert.notStrictEqual(readFileSync(file, "utf8"), first)
      assert.lengthOf(readFileSync(file, "utf8"), first.length)
      yield* Scope.close(scope, Exit.void)
      assert.isFalse(existsSync(file))
    }).pipe(Effect.scoped)
  )

  it.effect("is not available to another machine while its content changes, whatever its time", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { scope } = yield* acquireScoped(dataDir, here)
      const lines: Array<string> = []
      const other = yield* Effect.forkChild(Effect.exit(Effect.scoped(acquire(dataDir, there, true, lines))))
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
        Effect.exit(Effect.provideService(acquire(dataDir, there), Scope.Scope, yield* Scope.Scope))
      )
      yield* pass(14_000)
      assert.include(readFileSync(file, "utf8"), `"host":"here"`)
      yield* pass(4_000)
      assert.isTrue(Exit.isSuccess(yield* Fiber.join(other)))
      assert.include(readFileSync(file, "utf8"), `"host":"there"`)
    }).pipe(Effect.scoped)
  )

  it.effect("does not go to another machine sooner if the clock is set forward by an hour", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { file } = yield* abandoned(dataDir)
      const { clock, step } = yield* steppedClock
      const lines: Array<string> = []
      yield* acquire(dataDir, there, true, lines).pipe(Effect.provideService(Clock.Clock, clock), Effect.forkScoped)
      yield* pass(2_000)
      assert.lengthOf(lines, 1)
      yield* step(3_600_000)
      yield* pass(8_000)
      assert.include(readFileSync(file, "utf8"), `"host":"here"`)
    }).pipe(Effect.scoped)
  )

  it.effect("is lost once another machine has taken it over", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { lease } = yield* acquireScoped(dataDir, here)
      const lost = yield* Effect.forkChild(Effect.flip(lease.lost))
      const file = join(dataDir, "nats-server.lease")
      const other = { token: "other", host: "there", kernel: "kernel-2", renewals: 1 }
      yield* Effect.sync(() => writeFileSync(file, JSON.stringify(other)))
      yield* pass(2_500)
      const error = yield* Fiber.join(lost)
      assert.include(error.message, "was taken over by an app on there")
    }).pipe(Effect.scoped)
  )

  it.effect(
    "of an earlier run on this kernel is taken over at once if the kernel's lock is held, else after 15 s",
    () =>
      Effect.gen(function* () {
        const dataDir = yield* temporaryFolder
        const { leave } = yield* abandoned(dataDir)
        yield* Effect.scoped(acquire(dataDir, here))
        yield* leave
        const lines: Array<string> = []
        const waiting = yield* Effect.forkChild(Effect.scoped(acquire(dataDir, here, false, lines)))
        yield* pass(1_000)
        assert.lengthOf(lines, 1)
        yield* pass(17_000)
        yield* Fiber.join(waiting)
      }).pipe(Effect.scoped)
  )

  it.effect("that cannot be written is reported, and dispensable only if the kernel's lock is held", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      mkdirSync(join(dataDir, "nats-server.lease"))
      const lines: Array<string> = []
      yield* Effect.scoped(acquire(dataDir, here, true, lines))
      assert.match(lines[0] ?? "", /cannot be written \(.*EEXIST.*\); apps on other machines are not excluded/u)
      const error = yield* Effect.flip(Effect.scoped(acquire(dataDir, here, false)))
      assert.include(error.host, "not known")
    }).pipe(Effect.scoped)
  )

  it.effect("goes to one of several machines that take it over concurrently", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      yield* abandoned(dataDir)
      const all = yield* Scope.Scope
      const attempts = yield* Effect.forEach(["a", "b", "c"], (host) =>
        Effect.forkChild(Effect.exit(Effect.provideService(acquire(dataDir, { host, kernel: host }), Scope.Scope, all)))
      )
      yield* pass(18_000)
      const exits = yield* Effect.forEach(attempts, (attempt) => Fiber.join(attempt))
      assert.lengthOf(exits.filter(Exit.isSuccess), 1)
    }).pipe(Effect.scoped)
  )
})
