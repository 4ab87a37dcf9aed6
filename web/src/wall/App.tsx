import { outage } from "../api/serverEvents.ts"
import { Outage } from "../ui/Connection.tsx"
import { Board } from "./board/Board.tsx"
import { Footer } from "./Footer.tsx"
import { Header } from "./Header.tsx"
import { Panel } from "./panel/Panel.tsx"
import { Table } from "./Table.tsx"
import { isTable } from "./view.ts"
import { loadProblem, status, wall } from "./wallState.ts"

export const App = () => {
  if (!wall.value) {
    return (
      <main class="waiting">
        {loadProblem.value ? <Outage problem={loadProblem.value} /> : <p role="status">Loading the board…</p>}
      </main>
    )
  }
  return (
    <div class="app">
      <div>
        <Header />
        <Outage problem={status.value === "lost" ? (outage.value ?? loadProblem.value) : loadProblem.value} />
      </div>
      <main class="stage">
        {!isTable.value && <Board />}
        <Table shown={isTable.value} />
        <Panel />
      </main>
      <Footer />
    </div>
  )
}
