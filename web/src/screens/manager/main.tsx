import "../../ui/theme.css"
import "../../ui/connection.css"
import "../../ui/parked.css"
import "../shared/screens.css"
import "./manager.css"
import { render } from "preact"
import { Manager } from "./Manager.tsx"
import { start } from "./state.ts"

render(<Manager />, document.getElementById("page")!)
start()
