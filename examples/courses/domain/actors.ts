import { Actor } from "#domain/model/index.ts"
import type { Student } from "./values.ts"

export const Teacher = Actor.make("Teacher")
export const Learner = Actor.make("Student", { claims: ["student"] })
export const Visitor = Actor.make("Visitor")
export const Bookkeeper = Actor.make("Bookkeeper")
export const Seller = Actor.make("Seller")
export const Customer = Actor.make("Customer")
export const Mailer = Actor.make("Mailer")

/** Students act for themselves, and teachers for all students. */
export const actsFor = ({ claims, name }: Actor.Identity, { student }: { readonly student: Student }) =>
  name === Teacher.name || claims["student"] === student.id
