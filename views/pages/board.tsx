import { PortalPage } from "../layout.tsx";
import { WallBoard } from "../parts/board.tsx";
import { Icon } from "../parts/icon.tsx";
import type { WorkshopView } from "../workshop.ts";

/** `/workshops/:id/board`: the code for the wall in a window of its own, for a second screen or without scripts. */
export function BoardPage({ workshop }: { workshop: WorkshopView }) {
  return (
    <PortalPage title={`${workshop.code} – ClaraTeach`} signedIn>
      <section class="board wall" aria-label="How to join">
        <WallBoard
          workshop={workshop}
          leave={
            <a
              class="button square close"
              href={`/workshops/${workshop.id}`}
              aria-label="Back to the workshop"
              title="Back to the workshop"
            >
              <Icon name="close" />
            </a>
          }
        />
      </section>
    </PortalPage>
  );
}
