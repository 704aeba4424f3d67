import type { ComponentChildren } from "preact";
import { PortalPage } from "../layout.tsx";
import { Icon } from "../parts/icon.tsx";

/** A question of parts/questions.tsx as a page of its own: `/workshops/:id/stop` and the like, without scripts. */
export function QuestionPage({ workshop, children }: { workshop: { id: string; name: string }; children: ComponentChildren }) {
  return (
    <PortalPage title={`${workshop.name} – ClaraTeach`} signedIn narrow>
      <div>
        <a class="back" href={`/workshops/${workshop.id}`}>
          <Icon name="back" small />
          {workshop.name}
        </a>
      </div>
      {children}
    </PortalPage>
  );
}
