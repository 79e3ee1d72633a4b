// How far re-certification after a change of rules is; nothing where nothing was put on the queue.
import { ChakraUI as C, html } from "../host.js";
import { moment } from "../time.js";
import { useData } from "../use_data.js";

export function Recertification() {
  const { data, error } = useData("recertification", 10);
  if (error) return html`<${C.Text} mb=${3} fontSize="sm" color="fg.error" data-testid="recertification">Re-certification: how far it is is not known now<//>`;
  if (!data?.of) return null;
  const { done, of, running, waiting, failed, doubted, not_passed: bad, paused, days_left: days } = data;
  const red = failed || doubted || bad;
  const palette = red ? "red" : paused ? "orange" : done < of ? "blue" : "green";
  const left = waiting && !paused ? `; ${days} ${days === 1 ? "day" : "days"} left at the budget` : "";
  const stopped = paused ? `; paused by ${paused.by} until ${moment(paused.until)}` : "";
  return html`<${C.Box} mb=${3} data-testid="recertification">
    <${C.Badge} colorPalette=${palette}>Re-certification<//>
    <${C.Text} as="span" fontSize="sm" ml=${2} color=${red ? "fg.error" : undefined}>${`${done} of ${of} done${bad ? ` (${bad} did not pass)` : ""}, ${running} running, ${waiting} waiting, ${failed} failed${doubted ? `, ${doubted} doubted: the ledger does not have their end` : ""}${left}${stopped}`}<//>
  <//>`;
}
