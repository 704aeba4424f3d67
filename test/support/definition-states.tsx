import { renderPage } from "../../views/layout.tsx";
import { DefinitionPage, type DefinitionProps } from "../../views/pages/definition.tsx";
import { WorkshopPage } from "../../views/pages/workshop.tsx";
import { workshopView } from "./views.tsx";

const TEXT = `name: notes-with-claude
base: debian@12
confinement: container
sdks:
  - name: system
    source: system
  - name: node
    source: catalogue
    channel: latest/stable
  - name: claude-code
    source: catalogue
    channel: latest/stable
  - name: notes
    source: project
connections:
  - plug: system:web
    slot: notes:web
`;

const workshop = workshopView({ isolation: "container" });
const environment = workshop.environment as NonNullable<typeof workshop.environment>;
const archived = { ...environment, archive: { name: "class.tar.gz", bytes: 48_200, digest: "c".repeat(64) } };
const PLAN: NonNullable<DefinitionProps["plan"]> = {
  told: true,
  sdks: [
    { name: "system", layer: "reused" },
    { name: "node", layer: "reused" },
    { name: "claude-code", layer: "built" },
    { name: "project-notes", layer: "built" },
  ],
  seats: Array.from({ length: 10 }, (_, i) => ({ seat: i + 1, does: i < 7 ? ("restarts" as const) : ("same" as const) })),
  problems: [],
};
const does = (...words: NonNullable<DefinitionProps["plan"]>["seats"][number]["does"][]) =>
  words.map((word, i) => ({ seat: i + 1, does: word }));

const page =
  (more: Partial<DefinitionProps> = {}) =>
  () =>
    renderPage(
      <DefinitionPage
        workshop={workshop}
        definition={{ text: TEXT, digest: "a".repeat(64), environment: archived }}
        text={TEXT}
        plan={{ ...PLAN, sdks: PLAN.sdks.map(({ name }) => ({ name, layer: "reused" })), seats: does(...Array(10).fill("same")) }}
        limit="64 MB"
        {...more}
      />,
    );

/** Editing what a workshop's seats are made from, in every state. */
export const DEFINITION_STATES: Record<string, () => string> = {
  definition: page(),
  "definition-created": () =>
    renderPage(
      <DefinitionPage
        workshop={workshopView({ state: "created", learners: [] })}
        definition={{ text: TEXT, digest: "a".repeat(64), environment }}
        text={TEXT}
        limit="64 MB"
      />,
    ),
  "running-older": () =>
    renderPage(
      <WorkshopPage
        workshop={{
          ...workshop,
          seats: workshop.seats.map((seat) => ({ ...seat, ...(seat.seat < 8 && { older: true as const }) })),
        }}
      />,
    ),
  "definition-saved": page({ saved: true, plan: PLAN }),
  "definition-telling": page({
    saved: true,
    plan: { told: false, sdks: [], seats: does(...Array(10).fill("unknown")), problems: [] },
  }),
  "definition-all-kinds": page({
    plan: {
      ...PLAN,
      seats: does("live", "restarts", "same", "busy", "busy", "waits", "unmade", "unknown", "unknown", "unknown"),
      problems: [{ seats: [8, 9, 10], problem: "Their machine doesn’t answer just now; this page asks again." }],
    },
  }),
  "definition-problem": page({
    text: TEXT.replace("name: node", "name: ndoe").replace("base: debian@12", "base: ubuntu@24.04"),
    problem: "The definition has 2 problems, the first in line 2: …",
    lines: [
      { path: "workshop.yaml", line: 2, column: 7, message: "“base” is “ubuntu@24.04”. It has to be debian@12." },
      {
        path: "workshop.yaml",
        line: 7,
        column: 11,
        message: "There is no SDK “ndoe”. Known are system, node, python, claude-code, browser.",
      },
    ],
  }),
  "definition-moved": page({
    text: TEXT.replace("notes-with-claude", "mine"),
    moved:
      "The definition was changed meanwhile, on another page or by a script. Look at what it is now, put yours in its place by saving once more, or leave it.",
  }),
};
