// What Airflow's own UI has loaded already, and `html`, with which a component reads like JSX.
import htm from "./vendor/htm.js";

export const { React, ChakraUI, ReactRouterDOM } = globalThis;
export const { useCallback, useEffect, useMemo, useRef, useState } = React;
export const html = htm.bind(React.createElement);
