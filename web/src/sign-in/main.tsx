import "../ui/theme.css"
import "../ui/connection.css"
import "../screens/shared/screens.css"
import "./sign-in.css"
import { render } from "preact"
import { SignIn } from "./SignIn.tsx"
import { start } from "./signInState.ts"

start()
render(<SignIn />, document.getElementById("page")!)
