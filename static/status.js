// Keeps the status page true without a reload: the stream names the lead's state, and when it is
// not the one on the page, the page is fetched again, so that the server draws it in one place. A stream that was
// refused, as while the program restarts behind a proxy, is opened again after a wait that grows.
(() => {
	const main = document.querySelector("main[data-events]");
	if (!main || !window.EventSource) return;
	const refresh = async () => {
		const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
		if (!answer.ok) return;
		const page = new DOMParser().parseFromString(await answer.text(), "text/html");
		const next = page.querySelector("main");
		if (!next || next.dataset.state === main.dataset.state) return;
		const shown = main.querySelector("#progress"), fresh = next.querySelector("#progress");
		const focused = shown.contains(document.activeElement) ? document.activeElement.href : "";
		main.dataset.state = next.dataset.state;
		shown.replaceWith(fresh);
		if (focused) ([...fresh.querySelectorAll("a")].find((a) => a.href === focused) ?? fresh.querySelector("a")).focus();
		main.querySelector("[role=status]").textContent = fresh.querySelector(".words").textContent.trim();
		document.title = page.title;
		if (!next.dataset.events) delete main.dataset.events; // it is final, whether or not the stream has said so
	};
	const longest = 30000;
	let wait = 1000; // ms until a refused stream is opened again
	const follow = () => {
		if (!main.dataset.events) return;
		const stream = new EventSource(main.dataset.events);
		stream.addEventListener("open", () => { wait = 1000; });
		stream.addEventListener("state", async (event) => {
			if (event.data !== main.dataset.state) await refresh().catch(() => {}); // the next event tries again
			if (!main.dataset.events) stream.close();
		});
		stream.addEventListener("end", () => stream.close());
		stream.addEventListener("error", () => {
			if (stream.readyState !== EventSource.CLOSED) return; // the browser connects again by itself
			setTimeout(() => refresh().catch(() => {}).finally(follow), wait);
			wait = Math.min(2 * wait, longest);
		});
	};
	follow();
})();
