// A credit scorecard: CSV rows on standard input, "prediction,score" on standard output.
// Points are read from points.tsv beside it: column, value, points; without a value they are per unit.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unordered_map>
#include <vector>

struct Column {
    bool used = false;
    double per_unit = 0;
    std::unordered_map<std::string, double> by_value;
};

[[noreturn]] static void stop(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(2);
}

static double number(const std::string& text, const std::string& what) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) stop(what + " is no number: " + text);
    return value;
}

// One CSV record at a time; a quoted field may hold commas, line ends and doubled quotes.
class Reader {
    std::vector<char> block_ = std::vector<char>(1 << 16);
    size_t at_ = 0, size_ = 0;

    int next() {
        if (at_ == size_) {
            size_ = std::fread(block_.data(), 1, block_.size(), stdin);
            at_ = 0;
            if (size_ == 0) return EOF;
        }
        return static_cast<unsigned char>(block_[at_++]);
    }

public:
    bool record(std::vector<std::string>& fields) {
        size_t used = 0;
        int one = next();
        if (one == EOF) return false;
        while (true) {
            if (used == fields.size()) fields.emplace_back();
            std::string& field = fields[used++];
            field.clear();
            if (one == '"') {
                while ((one = next()) != EOF) {
                    if (one == '"' && (one = next()) != '"') break;
                    field += static_cast<char>(one);
                }
            } else {
                for (; one != ',' && one != '\n' && one != EOF; one = next()) field += static_cast<char>(one);
            }
            if (one != ',') break;
            one = next();
        }
        fields.resize(used);
        return true;
    }
};

int main() {
    double base = 0;
    std::unordered_map<std::string, Column> points;
    std::ifstream file("points.tsv");
    for (std::string line; std::getline(file, line);) {
        const size_t first = line.find('\t'), second = line.find('\t', first + 1);
        const std::string name = line.substr(0, first), value = line.substr(first + 1, second - first - 1);
        const double weight = number(line.substr(second + 1), "points of " + name);
        if (name.empty()) base = weight;
        else if (value.empty()) points[name].per_unit = weight;
        else points[name].by_value[value] = weight;
    }
    if (points.empty()) stop("points.tsv is not beside the program");

    Reader reader;
    std::vector<std::string> fields;
    if (!reader.record(fields)) stop("no header line");
    std::vector<Column> columns;
    std::vector<std::string> names = fields;
    for (const std::string& name : names) {
        columns.push_back(points[name]);
        columns.back().used = columns.back().per_unit != 0 || !columns.back().by_value.empty();
    }
    std::fputs("prediction,score\n", stdout);
    for (long row = 0; reader.record(fields); ++row) {
        if (fields.size() != columns.size()) stop("row " + std::to_string(row) + " has another number of fields than the header");
        double sum = base;
        for (size_t place = 0; place < columns.size(); ++place) {
            const Column& column = columns[place];
            if (!column.used) continue;
            if (column.per_unit != 0) {
                sum += column.per_unit * number(fields[place], names[place]);
            } else {
                const auto found = column.by_value.find(fields[place]);
                if (found == column.by_value.end()) stop("row " + std::to_string(row) + ": " + names[place] + " has no points for " + fields[place]);
                sum += found->second;
            }
        }
        const double chance = 1 / (1 + std::exp(-sum));
        char text[40] = {chance >= 0.5 ? '1' : '0', ','};
        char* const end = std::to_chars(text + 2, text + sizeof text - 1, chance).ptr;
        *end = '\n';
        std::fwrite(text, 1, static_cast<size_t>(end + 1 - text), stdout);
    }
    return 0;
}
