// SPDX-License-Identifier: MIT
#include "routing/dial.h"

namespace gr::routing {
namespace {

// Written for this purpose: a day's work of people and their tools, from greetings to proofs.
constexpr const char* kPrompts[] = {
    "Hi! How are you today?",
    "Thanks, that worked.",
    "What is the capital of Australia?",
    "Translate to French: The meeting has been moved to Thursday afternoon.",
    "Write a friendly reminder that the rent is due on Friday.",
    "Summarize this paragraph in one sentence: The council met on Tuesday and agreed to repair the "
    "bridge before winter, provided that the province pays half.",
    "Give me three ideas for a birthday present for a ten-year-old who likes astronomy.",
    "Convert 68 degrees Fahrenheit to Celsius.",
    "Who wrote One Hundred Years of Solitude, and in which year was it published?",
    "Fix the grammar: She don't has no time for to call him.",
    "What is the difference between a virus and a bacterium?",
    "Explain photosynthesis to a child.",
    "Extract the names and dates as JSON: Ada Lovelace was born on 10 December 1815, Alan Turing "
    "on 23 June 1912.",
    "Is a tomato a fruit or a vegetable?",
    "Write a haiku about the sea in November.",
    "A train leaves at 9:40 and arrives at 13:05. How long does the journey take?",
    "If 3 painters paint 3 rooms in 3 hours, how many rooms do 9 painters paint in 9 hours?",
    "A shop lowers a price by 20% and later raises it by 25%. How does the final price compare?",
    "Write a Python function that returns the n-th Fibonacci number.",
    "Write a SQL query that lists the ten customers with the highest total orders in 2025.",
    "What does this do? for i in range(10): print(i ** 2 if i % 2 else -i)",
    "Read the file src/config.ts and tell me which environment variables it uses.",
    "The test test_login_redirect fails with AssertionError: 302 != 200. Find out why and fix it.",
    "Refactor this class so that the database connection is injected, and update the callers.",
    "My C++ program deadlocks now and then: two threads take the same two mutexes in different "
    "order inside a callback. Propose a design that cannot deadlock, with code.",
    "Implement a lock-free single-producer single-consumer ring buffer in C++20 and explain each "
    "memory order.",
    "Prove that the square root of 2 is irrational.",
    "Let f be a continuous function on [0,1] with f(0)=f(1). Show that for every natural n there "
    "is x with f(x)=f(x+1/n).",
    "How many ways are there to tile a 3 x 12 rectangle with dominoes? Derive a recurrence.",
    "Evaluate the integral of x^2 e^(-x^2) over the real line, with all steps.",
    "A patient on warfarin begins to take fluconazole. What is the interaction, by which enzyme, "
    "and how is the dose adjusted?",
    "Which of these is a Lewis acid but no Bronsted acid: HCl, BF3, NH4+, H2O? Give your reason.",
    "Compare how Kant and Mill would judge a lie that saves a life.",
    "Under what conditions does the consideration doctrine make a promise to keep an offer open "
    "unenforceable in common law?",
    "Suppose the central bank sells bonds while the government raises spending. Use IS-LM to say "
    "what happens to output and the interest rate.",
    "A particle of mass m moves in the potential V(x) = -a/x + b/x^2. Find the equilibrium and the "
    "frequency of small oscillations.",
    "Design the schema and the consistency model of a multi-region ledger that must never spend "
    "twice, and discuss what happens when regions are cut off from each other.",
    "Find the error in this argument: all horses are of the same colour, by induction on their "
    "number.",
    "Draft a polite but firm reply to a customer who wants a refund after the deadline.",
    "Plan a three-day trip to Lisbon with two small children, with times and a budget of 900 "
    "euros.",
};

}  // namespace

std::span<const char* const> samplePrompts() {
    return kPrompts;
}

}  // namespace gr::routing
