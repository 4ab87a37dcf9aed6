import "../../ui/theme.css"
import "../../ui/connection.css"
import "../shared/screens.css"
import "./guest.css"
import { effect } from "@preact/signals"
import { render } from "preact"
import { short } from "../shared/dates.ts"
import { Guest } from "./Guest.tsx"
import { chosen } from "./place.ts"
import { start } from "./state.ts"

render(<Guest />, document.getElementById("page")!)
start()

effect(() => {
  const open = chosen.value
  document.title = `${open ? `Room ${open.room}, ${short(open.night)}` : "Book a room"} · Hotel`
})
