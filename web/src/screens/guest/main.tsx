import "../../ui/theme.css"
import "../../ui/connection.css"
import "../shared/screens.css"
import "./guest.css"
import { render } from "preact"
import { Guest } from "./Guest.tsx"
import { start } from "./state.ts"

render(<Guest />, document.getElementById("page")!)
start()
