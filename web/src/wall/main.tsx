import "../ui/theme.css"
import "./wall.css"
import { render } from "preact"
import { App } from "./App.tsx"
import { start } from "./state.ts"

render(<App />, document.getElementById("page")!)
void start()
