import { Board } from "./Board.tsx"
import { Footer } from "./Footer.tsx"
import { Header } from "./Header.tsx"
import { Panel } from "./panel/Panel.tsx"
import { failure, wall } from "./state.ts"
import { Table } from "./Table.tsx"
import { asTable } from "./view.ts"

export const App = () => {
  if (!wall.value) {
    return (
      <main class="waiting">
        <p role="status">{failure.value ? failure.value.detail : "The wall is being hung…"}</p>
      </main>
    )
  }
  return (
    <div class="app">
      <Header />
      <main class="stage">
        {!asTable.value && <Board />}
        <Table shown={asTable.value} />
        <Panel />
      </main>
      <Footer />
    </div>
  )
}
