import type { Context, Metric } from "effect"
import { Board, type Command, type Event } from "#domain/model/index.ts"
import { type CommandOutcome, commandOutcomes } from "./commandOutcomes.ts"
import { counter, durations } from "./series.ts"

interface OutcomeSeries {
  readonly total: Metric.Counter<number>
  readonly seconds: Metric.Histogram<number>
}

interface CommandSeries {
  readonly outcomes: Readonly<Record<CommandOutcome, OutcomeSeries>>
  readonly rejections: ReadonlyMap<string, Metric.Counter<number>>
}

const outcomeSeries = (command: string, outcome: CommandOutcome): OutcomeSeries => {
  const labels = { command, outcome }
  return {
    total: counter("commands_total", "Commands by outcome, of every caller, automations included", labels),
    seconds: durations("command_duration_seconds", "From the call of a command to its outcome", labels)
  }
}

const seriesOf = ({ name, rejects }: Command.Any): CommandSeries => ({
  outcomes: Object.fromEntries(
    commandOutcomes.map((outcome) => [outcome, outcomeSeries(name, outcome)])
  ) as CommandSeries["outcomes"],
  rejections: new Map(
    (rejects as ReadonlyArray<Event.Any>).map(({ identifier }) => [
      identifier,
      counter("command_rejections_total", "Rejected commands by rejection", { command: name, rejection: identifier })
    ])
  )
})

/** Records commands. */
export interface CommandRecorder {
  /** `rejection` is the name of the rejection, for a rejected command. */
  readonly record: (command: Command.Any, outcome: CommandOutcome, seconds: number, rejection?: string) => void
  /** A request for a command that could not be decoded. It has no duration. */
  readonly recordInvalid: (command: Command.Any) => void
}

/**
 * The series of each command of a board. They are made once: a command finds its own by identity, and no label is put together
 * when it runs. Counters begin at 0, so that the first increase of each is seen; histograms begin with the first command.
 */
export const commandMetrics = (board: Board.Any, registry: Context.Context<never>): CommandRecorder => {
  const series = new Map<Command.Any, CommandSeries>()
  for (const command of Board.commands(board)) {
    const own = seriesOf(command)
    series.set(command, own)
    for (const { total } of Object.values(own.outcomes)) total.updateUnsafe(0, registry)
    for (const total of own.rejections.values()) total.updateUnsafe(0, registry)
  }
  return {
    record: (command, outcome, seconds, rejection) => {
      const own = series.get(command)
      if (!own) return
      const { seconds: histogram, total } = own.outcomes[outcome]
      total.updateUnsafe(1, registry)
      histogram.updateUnsafe(seconds, registry)
      if (rejection !== undefined) own.rejections.get(rejection)?.updateUnsafe(1, registry)
    },
    recordInvalid: (command) => series.get(command)?.outcomes.invalid.total.updateUnsafe(1, registry)
  }
}
