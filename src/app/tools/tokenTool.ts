import { Console, Effect } from "effect"
import { argumentsOf, BadUsage, run } from "#app/program.ts"
import { chosenApp, settings } from "#app/settings.ts"
import { boardRoles } from "#layers/access/boardRoles.ts"
import { developmentIssuer } from "#layers/access/developmentIssuer.ts"

const usage = `Usage: npm run token -- --actor <role> [--<claim> <value>] [options]

Prints a token for an app that runs with AUTH=development, on the same DATA_DIR. Other apps do not accept it.

  --actor <role>        an actor of the board, or Operator; several times for several roles
  --<claim> <value>     what the role proves besides, such as --client 7 for the hotel's Guest
  --subject <text>      who it is; made of the others by default
  --hours <n>           how long it is valid: 8 by default, at most 720

  npm run --silent token -- --actor Guest --client 7`

const maxHours = 720

const bad = (reason: string) => new BadUsage({ reason, usage })

const main = Effect.gen(function* () {
  const { board } = yield* chosenApp
  const roles = boardRoles(board)
  const claimNames = new Set(roles.flatMap(({ claims }) => claims))
  const claimOptions = Object.fromEntries(Array.from(claimNames, (name) => [name, { type: "string" } as const]))
  const { values } = yield* argumentsOf(usage, {
    options: {
      ...claimOptions,
      actor: { type: "string", multiple: true },
      subject: { type: "string" },
      hours: { type: "string", default: "8" }
    }
  })
  const { actor: actors = [], hours, subject, ...claims } = values
  const known = roles.map(({ name }) => name)
  const unknown = actors.find((name) => !known.includes(name))
  if (actors.length === 0 || unknown !== undefined) {
    const found = unknown === undefined ? "--actor is missing" : `There is no role ${unknown}`
    return yield* bad(`${found}. The roles of ${board.name} are ${known.join(", ")}.`)
  }
  const seconds = Math.round(Number(hours) * 3_600)
  if (!(seconds > 0 && seconds <= maxHours * 3_600))
    return yield* bad(`--hours is ${hours}: Expected more than 0, at most ${maxHours}.`)
  const { dataDir } = yield* settings
  const { sign } = yield* developmentIssuer(dataDir, board.name)
  const token = yield* sign({
    roles: actors,
    claims: claims as Record<string, string>,
    seconds,
    ...(subject !== undefined && { subject })
  })
  yield* Console.log(token)
})

run({ usage, main, onClosedOutput: "end" })
