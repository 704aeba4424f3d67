import { PortalPage } from "../layout.tsx";
import { EndedWall, WallBoard } from "../parts/board.tsx";
import { Icon } from "../parts/icon.tsx";
import { Asker, liveFrom } from "../parts/live.tsx";
import type { ShownWorkshop } from "../workshop.ts";

/**
 * `/workshops/:id/board`: the code for the wall in a window of its own, for a second screen. It follows the class: who is there, and its
 * end. Nobody looks after a projector, so that without scripts it loads itself again.
 */
export function BoardPage({ workshop }: { workshop: ShownWorkshop }) {
  const address = `/workshops/${workshop.id}/board`;
  return (
    <PortalPage title={`${workshop.code} – ClaraTeach`} signedIn refreshWithoutScript={REFRESH_SECONDS}>
      <h1 class="only-read">{workshop.name}</h1>
      <section id="board" class="board wall" aria-label="How to join" {...liveFrom(address)}>
        <BoardLive workshop={workshop} />
      </section>
      <Asker of="board" from={address} />
    </PortalPage>
  );
}

const REFRESH_SECONDS = 30;

export function BoardLive({ workshop }: { workshop: ShownWorkshop }) {
  const leave = (
    <a
      class="button square close"
      href={`/workshops/${workshop.id}`}
      aria-label="Back to the workshop"
      title="Back to the workshop"
    >
      <Icon name="close" />
    </a>
  );
  if (workshop.state === "running") return <WallBoard workshop={workshop} leave={leave} />;
  return (
    <>
      <EndedWall workshop={workshop} />
      {leave}
    </>
  );
}
