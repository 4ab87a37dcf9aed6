import { outage } from "../api/live.ts"
import { Outage } from "../ui/Connection.tsx"
import { Board } from "./Board.tsx"
import { Footer } from "./Footer.tsx"
import { Header } from "./Header.tsx"
import { Panel } from "./panel/Panel.tsx"
import { failure, status, wall } from "./state.ts"
import { Table } from "./Table.tsx"
import { asTable } from "./view.ts"

export const App = () => {
  if (!wall.value) {
    return (
      <main class="waiting">
        {failure.value ? <Outage problem={failure.value} /> : <p role="status">Loading the board…</p>}
      </main>
    )
  }
  return (
    <div class="app">
      <div>
        <Header />
        <Outage problem={status.value === "lost" ? (outage.value ?? failure.value) : failure.value} />
      </div>
      <main class="stage">
        {!asTable.value && <Board />}
        <Table shown={asTable.value} />
        <Panel />
      </main>
      <Footer />
    </div>
  )
}
