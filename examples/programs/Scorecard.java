import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The scorecard of scorecard.cpp in Java; its points are inside the jar. */
public final class Scorecard {
    private static final class Column {
        double perUnit;
        final Map<String, Double> byValue = new HashMap<>();
    }

    public static void main(String[] arguments) throws IOException {
        Map<String, Column> points = new HashMap<>();
        double base = 0;
        try (BufferedReader file = reader(Scorecard.class.getResourceAsStream("/points.tsv"))) {
            for (String line; (line = file.readLine()) != null;) {
                String[] parts = line.split("\t", 3);
                double weight = Double.parseDouble(parts[2]);
                if (parts[0].isEmpty()) base = weight;
                else if (parts[1].isEmpty()) points.computeIfAbsent(parts[0], name -> new Column()).perUnit = weight;
                else points.computeIfAbsent(parts[0], name -> new Column()).byValue.put(parts[1], weight);
            }
        }
        PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), false, StandardCharsets.UTF_8);
        StringBuilder answers = new StringBuilder("prediction,score\n");
        try (BufferedReader rows = reader(System.in)) {
            List<String> names = record(rows);
            for (List<String> fields; (fields = record(rows)) != null;) {
                double sum = base;
                for (int place = 0; place < names.size(); place++) {
                    Column column = points.get(names.get(place));
                    if (column == null) continue;
                    sum += column.byValue.isEmpty() ? column.perUnit * Double.parseDouble(fields.get(place)) : column.byValue.get(fields.get(place));
                }
                double chance = 1 / (1 + Math.exp(-sum));
                answers.append(chance >= 0.5 ? 1 : 0).append(',').append(chance).append('\n');
                if (answers.length() > 1 << 16) {
                    out.print(answers);
                    answers.setLength(0);
                }
            }
        }
        out.print(answers);
        out.flush();
    }

    private static BufferedReader reader(java.io.InputStream from) {
        return new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8), 1 << 16);
    }

    /** One CSV record; a quoted field may hold commas, line ends and doubled quotes. Null at the end. */
    private static List<String> record(BufferedReader rows) throws IOException {
        int one = rows.read();
        if (one < 0) return null;
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        while (true) {
            field.setLength(0);
            if (one == '"') {
                while ((one = rows.read()) >= 0) {
                    if (one == '"' && (one = rows.read()) != '"') break;
                    field.append((char) one);
                }
            } else {
                for (; one >= 0 && one != ',' && one != '\n'; one = rows.read()) field.append((char) one);
            }
            fields.add(field.toString());
            if (one != ',') return fields;
            one = rows.read();
        }
    }
}
