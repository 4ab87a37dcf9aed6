import { Actor } from "#domain/model/index.ts"

export const Teacher = Actor.make("Teacher")
export const Learner = Actor.make("Student")
export const Visitor = Actor.make("Visitor")
export const Bookkeeper = Actor.make("Bookkeeper")
export const Seller = Actor.make("Seller")
export const Customer = Actor.make("Customer")
export const Mailer = Actor.make("Mailer")
