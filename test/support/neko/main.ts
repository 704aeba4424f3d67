import { parseArgs } from "node:util";
import { listenForCommands } from "./command.ts";
import { requireScreen } from "./desktop.ts";
import { readFaults } from "./faults.ts";
import { startNeko } from "./neko.ts";
import { readSettings } from "./settings.ts";

const HELP = `A stand-in for neko 3: its HTTP and its WebSocket, a display's picture by WebRTC with sound, mouse, keys and clipboard back.
  DISPLAY=:99 NEKO_SERVER_BIND=127.0.0.1:8080 NEKO_MEMBER_MULTIUSER_USER_PASSWORD=… bun test/support/neko/main.ts [--commands 8099]

The display has to run and to have the size of NEKO_DESKTOP_SCREEN (1280x720@30). Needs ffmpeg, xdotool and xclip.
It reads neko's own variables: NEKO_SERVER_BIND, NEKO_MEMBER_MULTIUSER_{USER,ADMIN}_PASSWORD, NEKO_SESSION_{API_TOKEN,COOKIE_ENABLED,
IMPLICIT_HOSTING}, NEKO_DESKTOP_SCREEN, NEKO_WEBRTC_{NAT1TO1,UDPMUX,TCPMUX,ICESERVERS_FRONTEND}, NEKO_CAPTURE_VIDEO_{IDS,PIPELINES}, of
which only a pipeline's fps; NEKO_CAPTURE_AUDIO_DEVICE. NEKO_WEBRTC_UDPMUX missing or 0 is a port that is free. Without PULSE_SERVER, a
PulseAudio's address, the sound is a tone.

  NEKO_STAND_IN_FAULTS=wedge,mute,silent   it starts with these: no signal/provide; no picture; no word on the socket

With --commands PORT, on 127.0.0.1 by HTTP with JSON:
  POST /faults  {"wedge":true,"mute":false,"silent":false}
  POST /cut     {}: every socket breaks without a close frame; {"code":1012}: with that one
  POST /shout   {"event":"clipboard/updated","bytes":1000000}: to every socket
  GET  /seen    {requests, events, inputs}: what came; /seen/inputs: those alone`;

const { values } = parseArgs({ options: { commands: { type: "string" }, help: { type: "boolean", default: false } } });
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const settings = readSettings(process.env);
requireScreen(settings);
const neko = await startNeko(settings, readFaults(process.env.NEKO_STAND_IN_FAULTS));
const commands = values.commands === undefined ? undefined : listenForCommands(neko, Number(values.commands));
console.log(JSON.stringify({ url: neko.url, media: neko.media, ...(commands && { commands: commands.url.origin }) }));
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    void neko.stop().then(() => process.exit(0));
  });
